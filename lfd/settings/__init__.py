"""The options of every stage, as frozen dataclasses: data only, importing nothing heavy.

A field's last annotation is its help: the flag, the configuration file and the docs all show that one
sentence. Constraints are those of `annotated_types`; they are checked when a configuration is resolved.
"""
