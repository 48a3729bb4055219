"""The declarative model: what stands where in ``pipeline { … }``, and what Jenkins refuses.

Rules are those of the Pipeline Syntax page (jenkins.io/doc/book/pipeline/syntax) and of the plugin
``pipeline-model-definition`` (its ``ModelParser`` and ``ModelValidatorImpl``). What plugins may add
(options, triggers, kinds of parameters, tools, agents, steps) is not judged here.

A section or directive is a function of the reader and the call it is written as; it gives its part
of the tree and refuses what Jenkins would.
"""

from rewardsvc.formats.jenkinsfile.structure.pipeline import read_model
from rewardsvc.formats.jenkinsfile.structure.reader import Code, Model, Objection

__all__ = ["Code", "Model", "Objection", "read_model"]
