"""Croissant metadata of an exported data set: its files with checksums, and their columns. Pure.

MLCommons Croissant 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-spec.html), in JSON-LD;
`mlcroissant` reads it and the rows by it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from datagen.outputs.exports.settings import FileKind, RowShape
from datagen.outputs.exports.shapes import SHAPES, Column
from rewardsvc.types import JsonValue

_CONTEXT: dict[str, JsonValue] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_MEDIA_TYPES = {
    FileKind.JSONL: "application/jsonlines",
    FileKind.PARQUET: "application/x-parquet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file of a data set: ``path`` within its folder, ``size`` in bytes, ``sha256`` in hex."""

    shape: RowShape
    split: str
    path: str
    rows: int
    size: int
    sha256: str


def croissant_of(
    name: str, summary: str, licence: str, kind: FileKind, files: Sequence[WrittenFile]
) -> str:
    """The metadata as JSON-LD. ``licence``: an address or words."""
    return json.dumps(
        {
            "@context": _CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": name,
            "description": summary,
            "license": licence,
            "isLiveDataset": False,
            "version": "1.0.0",
            "distribution": [_distribution(file, kind) for file in files],
            "recordSet": [_record_set(file) for file in files],
        },
        ensure_ascii=False,
        indent=1,
    )


def _distribution(file: WrittenFile, kind: FileKind) -> JsonValue:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.size} B",
        "encodingFormat": _MEDIA_TYPES[kind],
        "sha256": file.sha256,
    }


def _record_set(file: WrittenFile) -> JsonValue:
    name = f"{file.shape.value}-{file.split}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{file.rows} rows for {file.split}: {SHAPES[file.shape].summary}.",
        "field": [
            _field(f"{name}/{column}", column, file.path, of)
            for column, of in SHAPES[file.shape].columns.items()
        ],
    }


def _field(id: str, column: str, path: str, of: Column) -> JsonValue:
    named = {"@type": "cr:Field", "@id": id, "name": id}
    source = {"fileObject": {"@id": path}, "extract": {"column": column}}
    if of.keys is None:
        kind = "sc:Boolean" if of is Column.FLAG else "sc:Text"
        said = f"The column {column}."
        return {**named, "description": said, "dataType": kind, "source": source}
    return {
        **named,
        "description": f"The column {column}: a list of objects with {' and '.join(of.keys)}.",
        "repeated": True,
        "subField": [
            {
                "@type": "cr:Field",
                "@id": f"{id}/{key}",
                "name": f"{id}/{key}",
                "description": f"{key} of each.",
                "dataType": "sc:Text",
                "source": {**source, "transform": {"jsonPath": key}},
            }
            for key in of.keys
        ],
    }
