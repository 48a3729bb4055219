from assay_iac.taskset import IacTaskset

__all__ = ["IacTaskset"]
