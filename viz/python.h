/*
 * python.h - where Python finds the module that makes asyncio tell what it does
 *
 * `loopscope run python3 prog.py` shows a program as it is: the directory lessons/python/loopscope
 * (installed: share/loopscope/python) goes in front of PYTHONPATH, and Python imports its
 * sitecustomize.py by itself. A program that is not Python does not look at that variable.
 */
#ifndef VIZ_PYTHON_H
#define VIZ_PYTHON_H

/* PYTHONPATH as the program is to see it. Owned; NULL when the module is not found beside this
 * program, or there is no memory: then PYTHONPATH stays as it is. */
char *python_path(void);

#endif
