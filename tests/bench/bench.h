/* bench.h - what our own benchmark programs share: the loop, and the ways of measuring that the peers use too. */
#ifndef BENCH_H
#define BENCH_H

#include "../../loop/loop.h"

#include "measure.h"

#endif
