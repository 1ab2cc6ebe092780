"""sitecustomize.py: makes a Python program under `loopscope run` tell what its asyncio loop does.

Python imports this file by itself when its directory is on PYTHONPATH. It changes nothing until the program imports
asyncio, and nothing at all without LOOP_TRACE. Another sitecustomize of this system is run afterwards, as it would be
without us.
"""
import importlib.machinery
import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class WhenImported:
    """Finds asyncio as ever, and has it traced as soon as it has been loaded."""

    def find_spec(self, name, path=None, target=None):
        if name != 'asyncio':
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def load_and_trace(module):
            load(module)
            import asyncio_trace
            asyncio_trace.install(os.environ.get('LOOP_TRACE', ''))

        spec.loader.exec_module = load_and_trace
        return spec


def others():
    """The sitecustomize that would have been found without us."""
    path = [entry for entry in sys.path if os.path.abspath(entry or '.') != HERE]
    spec = importlib.machinery.PathFinder.find_spec('sitecustomize', path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if os.environ.get('LOOP_TRACE'):
    sys.meta_path.insert(0, WhenImported())
others()
