"""HCL as its author wrote it: outlined, looked through, not judged. It needs no Terraform."""
