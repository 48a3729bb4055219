from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    SCORED: _ClassVar[Status]
    UNSCORED: _ClassVar[Status]

class FailureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_KIND_UNSPECIFIED: _ClassVar[FailureKind]
    TOOL_MISSING: _ClassVar[FailureKind]
    PROVIDER_MISSING: _ClassVar[FailureKind]
    TOOL_CRASHED: _ClassVar[FailureKind]
    SANDBOX_FAILED: _ClassVar[FailureKind]
    TIMED_OUT_BY_US: _ClassVar[FailureKind]
    EMULATOR_FAILED: _ClassVar[FailureKind]
    JUDGE_FAILED: _ClassVar[FailureKind]
    OVERLOADED: _ClassVar[FailureKind]
    CANCELLED: _ClassVar[FailureKind]
    INTERNAL: _ClassVar[FailureKind]
STATUS_UNSPECIFIED: Status
SCORED: Status
UNSCORED: Status
FAILURE_KIND_UNSPECIFIED: FailureKind
TOOL_MISSING: FailureKind
PROVIDER_MISSING: FailureKind
TOOL_CRASHED: FailureKind
SANDBOX_FAILED: FailureKind
TIMED_OUT_BY_US: FailureKind
EMULATOR_FAILED: FailureKind
JUDGE_FAILED: FailureKind
OVERLOADED: FailureKind
CANCELLED: FailureKind
INTERNAL: FailureKind

class ScoreRequest(_message.Message):
    __slots__ = ("id", "task", "completion")
    ID_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    id: str
    task: Task
    completion: str
    def __init__(self, id: _Optional[str] = ..., task: _Optional[_Union[Task, _Mapping]] = ..., completion: _Optional[str] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("category", "format", "instruction", "input", "files", "checks", "reference", "means", "truth", "before", "fixtures")
    class BeforeEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    MEANS_FIELD_NUMBER: _ClassVar[int]
    TRUTH_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    FIXTURES_FIELD_NUMBER: _ClassVar[int]
    category: str
    format: str
    instruction: str
    input: str
    files: _containers.RepeatedScalarFieldContainer[str]
    checks: _containers.RepeatedCompositeFieldContainer[Check]
    reference: str
    means: Means
    truth: _struct_pb2.Value
    before: _containers.ScalarMap[str, str]
    fixtures: _containers.RepeatedCompositeFieldContainer[Fixture]
    def __init__(self, category: _Optional[str] = ..., format: _Optional[str] = ..., instruction: _Optional[str] = ..., input: _Optional[str] = ..., files: _Optional[_Iterable[str]] = ..., checks: _Optional[_Iterable[_Union[Check, _Mapping]]] = ..., reference: _Optional[str] = ..., means: _Optional[_Union[Means, _Mapping]] = ..., truth: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., before: _Optional[_Mapping[str, str]] = ..., fixtures: _Optional[_Iterable[_Union[Fixture, _Mapping]]] = ...) -> None: ...

class Means(_message.Message):
    __slots__ = ("providers", "crds", "libraries", "modules")
    class ProvidersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.ListValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.ListValue, _Mapping]] = ...) -> None: ...
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    CRDS_FIELD_NUMBER: _ClassVar[int]
    LIBRARIES_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    providers: _containers.MessageMap[str, _struct_pb2.ListValue]
    crds: _containers.RepeatedScalarFieldContainer[str]
    libraries: _containers.RepeatedScalarFieldContainer[str]
    modules: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, providers: _Optional[_Mapping[str, _struct_pb2.ListValue]] = ..., crds: _Optional[_Iterable[str]] = ..., libraries: _Optional[_Iterable[str]] = ..., modules: _Optional[_Iterable[str]] = ...) -> None: ...

class Fixture(_message.Message):
    __slots__ = ("files", "sql", "checks")
    class FilesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FILES_FIELD_NUMBER: _ClassVar[int]
    SQL_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    files: _containers.ScalarMap[str, str]
    sql: str
    checks: _containers.RepeatedCompositeFieldContainer[Check]
    def __init__(self, files: _Optional[_Mapping[str, str]] = ..., sql: _Optional[str] = ..., checks: _Optional[_Iterable[_Union[Check, _Mapping]]] = ...) -> None: ...

class Check(_message.Message):
    __slots__ = ("kind", "on", "expr", "policy", "expect", "weight", "description", "rules", "name", "arguments", "measure")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    EXPR_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    EXPECT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    on: str
    expr: str
    policy: str
    expect: _struct_pb2.Value
    weight: float
    description: str
    rules: _containers.RepeatedScalarFieldContainer[str]
    name: str
    arguments: _struct_pb2.Struct
    measure: str
    def __init__(self, kind: _Optional[str] = ..., on: _Optional[str] = ..., expr: _Optional[str] = ..., policy: _Optional[str] = ..., expect: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., weight: _Optional[float] = ..., description: _Optional[str] = ..., rules: _Optional[_Iterable[str]] = ..., name: _Optional[str] = ..., arguments: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., measure: _Optional[str] = ...) -> None: ...

class Components(_message.Message):
    __slots__ = ("syntax", "correctness", "format")
    SYNTAX_FIELD_NUMBER: _ClassVar[int]
    CORRECTNESS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    syntax: float
    correctness: float
    format: float
    def __init__(self, syntax: _Optional[float] = ..., correctness: _Optional[float] = ..., format: _Optional[float] = ...) -> None: ...

class Diagnostic(_message.Message):
    __slots__ = ("severity", "code", "message", "file", "line")
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    severity: str
    code: str
    message: str
    file: str
    line: int
    def __init__(self, severity: _Optional[str] = ..., code: _Optional[str] = ..., message: _Optional[str] = ..., file: _Optional[str] = ..., line: _Optional[int] = ...) -> None: ...

class Stage(_message.Message):
    __slots__ = ("name", "component", "status", "score", "seconds", "diagnostics")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    name: str
    component: str
    status: str
    score: float
    seconds: float
    diagnostics: _containers.RepeatedCompositeFieldContainer[Diagnostic]
    def __init__(self, name: _Optional[str] = ..., component: _Optional[str] = ..., status: _Optional[str] = ..., score: _Optional[float] = ..., seconds: _Optional[float] = ..., diagnostics: _Optional[_Iterable[_Union[Diagnostic, _Mapping]]] = ...) -> None: ...

class Rule(_message.Message):
    __slots__ = ("version", "weights")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    version: str
    weights: Components
    def __init__(self, version: _Optional[str] = ..., weights: _Optional[_Union[Components, _Mapping]] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("id", "status", "reward", "components", "stages", "failure_kind", "failure_reason", "toolchain", "rule", "cached", "chosen")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_KIND_FIELD_NUMBER: _ClassVar[int]
    FAILURE_REASON_FIELD_NUMBER: _ClassVar[int]
    TOOLCHAIN_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    CACHED_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    id: str
    status: Status
    reward: float
    components: Components
    stages: _containers.RepeatedCompositeFieldContainer[Stage]
    failure_kind: FailureKind
    failure_reason: str
    toolchain: str
    rule: Rule
    cached: bool
    chosen: bool
    def __init__(self, id: _Optional[str] = ..., status: _Optional[_Union[Status, str]] = ..., reward: _Optional[float] = ..., components: _Optional[_Union[Components, _Mapping]] = ..., stages: _Optional[_Iterable[_Union[Stage, _Mapping]]] = ..., failure_kind: _Optional[_Union[FailureKind, str]] = ..., failure_reason: _Optional[str] = ..., toolchain: _Optional[str] = ..., rule: _Optional[_Union[Rule, _Mapping]] = ..., cached: _Optional[bool] = ..., chosen: _Optional[bool] = ...) -> None: ...

class InvalidRequest(_message.Message):
    __slots__ = ("field", "message")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    field: str
    message: str
    def __init__(self, field: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ScoreStreamResponse(_message.Message):
    __slots__ = ("id", "verdict", "error")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    id: str
    verdict: Verdict
    error: InvalidRequest
    def __init__(self, id: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., error: _Optional[_Union[InvalidRequest, _Mapping]] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FormatDescription(_message.Message):
    __slots__ = ("format", "available", "reason", "tools")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    format: str
    available: bool
    reason: str
    tools: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, format: _Optional[str] = ..., available: _Optional[bool] = ..., reason: _Optional[str] = ..., tools: _Optional[_Iterable[str]] = ...) -> None: ...

class ToolDescription(_message.Message):
    __slots__ = ("name", "version", "source")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    source: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class ProviderDescription(_message.Message):
    __slots__ = ("name", "versions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    versions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., versions: _Optional[_Iterable[str]] = ...) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("formats", "tools", "toolchain", "rule", "providers", "crds", "libraries")
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    TOOLCHAIN_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    CRDS_FIELD_NUMBER: _ClassVar[int]
    LIBRARIES_FIELD_NUMBER: _ClassVar[int]
    formats: _containers.RepeatedCompositeFieldContainer[FormatDescription]
    tools: _containers.RepeatedCompositeFieldContainer[ToolDescription]
    toolchain: str
    rule: Rule
    providers: _containers.RepeatedCompositeFieldContainer[ProviderDescription]
    crds: _containers.RepeatedScalarFieldContainer[str]
    libraries: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, formats: _Optional[_Iterable[_Union[FormatDescription, _Mapping]]] = ..., tools: _Optional[_Iterable[_Union[ToolDescription, _Mapping]]] = ..., toolchain: _Optional[str] = ..., rule: _Optional[_Union[Rule, _Mapping]] = ..., providers: _Optional[_Iterable[_Union[ProviderDescription, _Mapping]]] = ..., crds: _Optional[_Iterable[str]] = ..., libraries: _Optional[_Iterable[str]] = ...) -> None: ...
