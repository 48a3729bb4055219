"""Conversion between the types and the wire: JSON lines and protobuf messages. Nowhere else.

Both borders say the same words (``protos/assay/reward/v1/reward.proto``). A client over gRPC loads
:mod:`rewardsvc.wire.protobuf` alone.
"""
