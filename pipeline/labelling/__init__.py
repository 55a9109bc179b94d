"""Coding by people: draw a probability sample, code it blind, and see how well people and machine agree.

Samples and codes are data of the archive, `archive/labels/<sample>/`: `sample.jsonl` is written once,
`coder-<name>.jsonl` only ever appended to. docs/labelling.md tells how to use it.
"""
