"""lesson.py: what the lessons share and what is not their subject. The twin of ../lesson.h."""
import os
import sys


def number(what, text, most):
    """The number that text says, from 0 to most; ends the program with advice if it is none."""
    if text.isascii() and text.isdigit() and int(text) <= most:
        return int(text)
    print(f'{what} must be a number from 0 to {most}, not "{text}"', file=sys.stderr)
    sys.exit(2)


def plan():
    """PROGRAM [GUESTS], with LESSON_PORT from the environment (8888; 0: any free port)."""
    if len(sys.argv) > 2:
        print(f'usage: [LESSON_PORT=PORT] {sys.argv[0]} [GUESTS]', file=sys.stderr)
        sys.exit(2)
    port = number('LESSON_PORT', os.environ.get('LESSON_PORT', '8888'), 65535)
    guests = number('GUESTS', sys.argv[1], 1000000) if len(sys.argv) == 2 else 0
    return port, guests


def printable(line):
    """The line without its end; what is no printable ASCII becomes '?'."""
    return ''.join(chr(b) if 32 <= b <= 126 else '?' for b in line.rstrip(b'\r\n'))
