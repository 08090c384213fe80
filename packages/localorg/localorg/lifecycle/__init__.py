"""Record lifecycle: delete, undelete, merge, recycle bin, replication, delayed visibility."""
