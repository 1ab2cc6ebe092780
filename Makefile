# loopscope: one Makefile, no recursion; GNU make 3.81 or later.  `make help` lists the targets.
#
# Sources are found by wildcard: a new file in loop/, viz/, lessons/ or tests/ is built without a
# word here.  Objects mirror the source tree below $(O)/obj, so equal basenames never clash.

# What can be set: MODE, O, CC, WERROR=1, V=1, CPPFLAGS, CFLAGS, LDFLAGS, PREFIX, DESTDIR, LESSON,
# BENCH.
MODE   ?= release
O      ?= $(if $(filter release,$(MODE)),build,build/$(MODE))
PREFIX ?= /usr/local
VERSION = $(shell sed -n 's/.*LOOPSCOPE_VERSION "\(.*\)"/\1/p' viz/*.h | head -n 1)
LESSON ?= 01
PKG_CONFIG   ?= pkg-config
CLANG_FORMAT ?= clang-format

# --- flags ------------------------------------------------------------------------------------
OPT_release = -O2 -g
OPT_debug   = -O0 -g3
OPT_asan    = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_cov     = -O0 -g --coverage
ifeq ($(OPT_$(MODE)),)
$(error MODE is release, debug, asan or cov, not "$(MODE)")
endif

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
       $(if $(WERROR),-Werror)
# POSIX 2008 with X/Open, and each system's word for "and your usual extensions".
STD  = -std=c11 -D_XOPEN_SOURCE=700 -D_DEFAULT_SOURCE \
       -D_DARWIN_C_SOURCE -D_DARWIN_UNLIMITED_SELECT -D__BSD_VISIBLE=1 -D_NETBSD_SOURCE
ifeq ($(shell uname -s),Darwin)
# Homebrew keeps its ncurses out of the way of the system's, which has no wide characters.
export PKG_CONFIG_PATH := $(PKG_CONFIG_PATH):/opt/homebrew/opt/ncurses/lib/pkgconfig:/usr/local/opt/ncurses/lib/pkgconfig
endif

BASE = $(STD) $(OPT_$(MODE)) $(DIR_OPT) $(WARN) -pthread $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(OPT_$(MODE)) -pthread $(CFLAGS) $(LDFLAGS)

# Asked of pkg-config when a command runs, not when make reads this: on a fresh machine the
# libraries are installed in between.
VIZ_CFLAGS  = $$($(PKG_CONFIG) --cflags-only-I ncursesw json-c)
VIZ_LIBS    = $$($(PKG_CONFIG) --libs ncursesw json-c) -lm
TEST_CFLAGS = $$($(PKG_CONFIG) --cflags-only-I cmocka json-c)
TEST_LIBS   = $$($(PKG_CONFIG) --libs cmocka json-c) -lm

# --- what there is ----------------------------------------------------------------------------
obj = $(patsubst %,$(O)/obj/%.o,$(basename $(1)))

LOOP_SRC   := $(wildcard loop/*.c)
VIZ_SRC    := $(wildcard viz/*.c viz/panes/*.c)
LESSON_SRC := $(wildcard lessons/[0-9][0-9]_*.c)
BENCH_SRC  := $(wildcard tests/bench/*.c)
PROG_SRC   := $(wildcard tests/programs/*.c)
CONF_SRC   := $(wildcard tests/conformance/*.c)
LEARN_SRC  := $(wildcard lessons/learn/*.c)
CHECK_SRC  := $(wildcard lessons/checks/*/*.c)
TEST_LOOP_SRC := $(wildcard tests/test_loop_*.c)
TEST_VIZ_SRC  := $(wildcard tests/test_viz_*.c)
TEST_LEARN_SRC := $(wildcard tests/test_learn_*.c)

# tests/gen*.py make test data; the other scripts are tests.
SCRIPTS       := $(sort $(filter-out tests/gen%,$(wildcard tests/*.sh tests/*.py)))

LIB       := $(if $(LOOP_SRC),$(O)/libloop.a)
VIEWER    := $(if $(wildcard viz/main.c),$(O)/loopscope)
LESSONS   := $(if $(LIB),$(LESSON_SRC:lessons/%.c=$(O)/lessons/%))
BENCHES   := $(if $(LIB),$(BENCH_SRC:tests/bench/%.c=$(O)/bench/%))
OBSERVED  := $(patsubst $(O)/bench/%,$(O)/bench+trace/%,$(filter $(O)/bench/w%,$(BENCHES)))
PEERS     := $(patsubst tests/bench/peers/%.c,$(O)/peers/%,$(wildcard tests/bench/peers/*/*.c))
PROGRAMS  := $(if $(LIB),$(PROG_SRC:tests/programs/%.c=$(O)/programs/%) \
                         $(CONF_SRC:tests/conformance/%.c=$(O)/conformance/%))
TEST_LOOP := $(if $(LIB),$(TEST_LOOP_SRC:tests/%.c=$(O)/tests/%))
TEST_VIZ  := $(TEST_VIZ_SRC:tests/%.c=$(O)/tests/%)
TEST_LEARN := $(TEST_LEARN_SRC:tests/%.c=$(O)/tests/%)
LEARN     := $(if $(wildcard lessons/learn/main.c),$(O)/learn)
VIZ_PURE   = $(filter-out $(O)/obj/viz/main.o,$(call obj,$(VIZ_SRC)))
LEARN_PURE = $(filter-out $(O)/obj/lessons/learn/main.o,$(call obj,$(LEARN_SRC)))

C_FILES    = $(filter %.c,$(LOOP_SRC)) $(VIZ_SRC) $(LESSON_SRC) $(BENCH_SRC) $(PROG_SRC) $(CONF_SRC) \
             $(LEARN_SRC) $(CHECK_SRC) $(TEST_LOOP_SRC) $(TEST_VIZ_SRC) $(TEST_LEARN_SRC)
FORMATTED  = $(C_FILES) $(wildcard loop/*.h viz/*.h viz/panes/*.h lessons/*.h lessons/learn/*.h tests/*.h tests/conformance/*.h)

# --- building ---------------------------------------------------------------------------------

.PHONY: fuzz
.PHONY: all watch learn test test-loop tests soak bench install uninstall clean help format format-check
.PHONY: golden traces frames need FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(VIEWER) $(LIB) $(LESSONS) $(LEARN)  ## the viewer, the library, the lessons, the course (default)

# Everything waits for `need`, which installs what is missing; a few milliseconds when nothing is.
# NEED= (empty) leaves it out: for cross builds, whose libraries it knows nothing of.
NEED ?= $(if $(filter test test-loop tests bench,$(MAKECMDGOALS)),test,watch)
need:
	$(if $(NEED),@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' .ci/need $(NEED))

# Objects made with other flags or another compiler are made anew.
$(O)/flags: FORCE | need
	@mkdir -p $(@D)
	@echo '$(CC) $(BASE) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(BASE) $(LDFLAGS)' >$@

say = @mkdir -p $(@D); $(if $(V),,echo '  $(1)	$(@:$(O)/obj/%=%)';)
run = $(if $(V),set -x;) $(1)

# Only what loop.h declares is visible.
$(O)/obj/loop/%.o $(O)/pic/loop/%.o: DIR_FLAGS = -Iloop -fvisibility=hidden
# Its assembler and its C call each other.
$(O)/obj/loop/coro.o $(O)/pic/loop/coro.o: DIR_FLAGS = -Iloop -fvisibility=hidden -fno-lto
$(O)/obj/viz/%.o:     DIR_FLAGS = -Iviz $(VIZ_CFLAGS)
# MEASURED: `loopscope check` is 5 % faster than with -O2; the loop itself gains nothing.
$(O)/obj/viz/%.o:     DIR_OPT = $(if $(filter release,$(MODE)),-O3)
$(O)/flags:           DIR_OPT = # is made for all directories
$(O)/obj/lessons/%.o: DIR_FLAGS = -Iloop
$(O)/obj/lessons/learn/%.o: DIR_FLAGS = -Iviz -DEXERCISE_FLAGS='"$(OPT_$(MODE))"'
$(O)/obj/tests/%.o:   DIR_FLAGS = -Iloop
$(O)/obj/tests/test_loop_%.o: DIR_FLAGS = -Iloop -Itests $(TEST_CFLAGS)
$(O)/obj/tests/test_viz_%.o:  DIR_FLAGS = -Iviz -Itests $(TEST_CFLAGS) $(VIZ_CFLAGS)
$(O)/obj/tests/test_learn_%.o: DIR_FLAGS = -Ilessons/learn -Iviz -Itests $(TEST_CFLAGS)

$(O)/obj/%.o: %.c $(O)/flags
	$(call say,CC) $(call run,$(CC) $(BASE) $(DIR_FLAGS) -MMD -MP -c -o $@ $<)

# The shared library: the same sources, position independent.
SONAME = libloop.so.0
SHARED = -shared -Wl,-soname,$(SONAME)
$(O)/pic/loop/%.o: loop/%.c $(O)/flags
	$(call say,CC) $(call run,$(CC) $(BASE) $(DIR_FLAGS) -fPIC -MMD -MP -c -o $@ $<)
$(O)/libloop.so: $(LOOP_SRC:%.c=$(O)/pic/%.o)
	$(call say,LINK) $(call run,$(LINK) $(SHARED) -o $@ $^ -lm)
$(O)/libloop.3: loop/manual.awk loop/loop.h
	$(call say,MAN) $(call run,awk -f $^ >$@)
# How other programs find the library; a DESTDIR is not part of it.
$(O)/libloop.pc: $(O)/flags FORCE
	@printf '%s\n' 'prefix=$(PREFIX)' 'Name: libloop' 'Version: $(VERSION)' \
	    'Description: an event loop to look into: asyncio in C, over select()' \
	    'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lloop' 'Libs.private: -pthread' >$@

# The archive: one object in which all other names are gone, so that a program may have a lookup() or a report() of its
# own.  Where objcopy is missing, or link time optimization wants to see all, it has the objects as they are.
OBJCOPY = $(patsubst %ar,%objcopy,$(AR))
ONE     = $(O)/obj/libloop.o
$(O)/libloop.a: $(call obj,$(LOOP_SRC))
	$(call say,AR) rm -f $@; $(if $(findstring -flto,$(CFLAGS)),false,command -v $(OBJCOPY) >/dev/null) || \
	    { $(call run,$(AR) rcs $@ $^); exit; }; \
	$(call run,$(CC) $(CFLAGS) -r -nostdlib -o $(ONE) $^ && $(OBJCOPY) --localize-hidden $(ONE) && $(AR) rcs $@ $(ONE))
$(O)/loopscope: $(call obj,$(VIZ_SRC))
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ $(VIZ_LIBS))
# learn reads traces as the viewer does.
$(O)/learn: $(call obj,$(LEARN_SRC)) $(VIZ_PURE)
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ $(VIZ_LIBS))
$(O)/tests/test_learn_%: $(O)/obj/tests/test_learn_%.o $(LEARN_PURE) $(VIZ_PURE)
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ $(TEST_LIBS) $(VIZ_LIBS))
$(O)/lessons/%: $(O)/obj/lessons/%.o $(O)/libloop.a
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ -lm)
$(O)/bench/%: $(O)/obj/tests/bench/%.o $(O)/libloop.a
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ -lm)

# The peers that `make bench` compares with: each library's header, and how to link it.  What is
# not installed is left out.
PEER_raw      = stdio.h
PEER_libuv    = uv.h -luv
PEER_libevent = event2/event.h -levent_core
PEER_libev    = ev.h -lev
$(O)/peers/%: tests/bench/peers/%.c tests/bench/peers/peer.h tests/bench/measure.h $(O)/flags
	@mkdir -p $(@D); set -- $(PEER_$(*D)); \
	echo "#include <$$1>" | $(CC) -E -xc - >/dev/null 2>&1 || { \
	    echo "  --	peers/$* is left out: $$1 is not installed"; exit 0; }; shift; \
	echo '  CC	peers/$*'; $(CC) $(BASE) -D_GNU_SOURCE $(LDFLAGS) -o $@ $< "$$@"
# The same programs, traced into $$BENCH_TRACE.
$(O)/bench+trace/%: $(O)/bench/%
	@mkdir -p $(@D); printf '%s\n' '#!/bin/sh' \
	    'LOOP_TRACE=$$BENCH_TRACE exec "$${0%/*}/../bench/$*" "$$@"' >$@; chmod +x $@
$(O)/programs/%: $(O)/obj/tests/programs/%.o $(O)/libloop.a
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ -lm)
$(O)/conformance/%: $(O)/obj/tests/conformance/%.o $(O)/libloop.a
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ -lm)
# These look inside.
$(O)/obj/inside.a: $(call obj,$(LOOP_SRC))
	$(call say,AR) rm -f $@; $(call run,$(AR) rcs $@ $^)
$(O)/bench/trace_event: $(O)/obj/tests/bench/trace_event.o $(O)/obj/inside.a
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ -lm)
$(O)/tests/test_loop_%: $(O)/obj/tests/test_loop_%.o $(O)/obj/inside.a
	$(call say,LINK) $(call run,$(LINK) $(WRAPPED:%=-Wl,--wrap=%) -o $@ $^ $(TEST_LIBS))
# What tests/fault.h makes fail.
ifneq ($(shell uname -s),Darwin)
$(O)/tests/test_loop_faults: WRAPPED = malloc calloc realloc posix_memalign strdup free mmap munmap select poll \
    accept accept4 socket bind listen pipe pipe2 dup getsockopt waitpid connect recv send read write fcntl open \
    pthread_create posix_spawn
endif
$(O)/tests/test_viz_%: $(O)/obj/tests/test_viz_%.o $(VIZ_PURE)
	$(call say,LINK) $(call run,$(LINK) -o $@ $^ $(TEST_LIBS) $(VIZ_LIBS))

-include $(shell test -d $(O)/obj && find $(O)/obj $(wildcard $(O)/pic) -name "*.d")

# --- using ------------------------------------------------------------------------------------
# LESSON is a number (01, 1) or a name (01_while_loop).
LESSON_FOUND = $(firstword $(wildcard lessons/$(LESSON)_*.c lessons/0$(LESSON)_*.c lessons/$(LESSON).c))
WATCHED      = $(LESSON_FOUND:lessons/%.c=$(O)/lessons/%)

watch: all                                 ## watch a lesson run, live: LESSON=01 unless given
	@test -n '$(WATCHED)' || { \
	    echo 'make: no lesson $(LESSON); there are: $(notdir $(LESSONS))' >&2; exit 2; }
	@$(O)/loopscope run $(WATCHED)

learn: all                                 ## the course: where you are, and what to do next
	@$(O)/learn

# --- proving ----------------------------------------------------------------------------------
# WRAP=COMMAND runs each test program under it (valgrind, qemu-aarch64 ...); JOBS=N runs N at once.
tests: all $(TEST_LOOP) $(TEST_VIZ) $(TEST_LEARN) $(PROGRAMS)   ## build the tests, run none

test: tests                                ## build and run everything that proves it
	@BUILD='$(O)' MODE='$(MODE)' WRAP='$(WRAP)' $(if $(JOBS),JOBS='$(JOBS)') tests/run $(TEST_LOOP) $(TEST_VIZ) $(TEST_LEARN) \
	    $(SCRIPTS)

test-loop: $(TEST_LOOP) $(PROGRAMS)        ## only the loop's tests and the reference programs (they need no curses)
	@BUILD='$(O)' MODE='$(MODE)' WRAP='$(WRAP)' $(if $(JOBS),JOBS='$(JOBS)') tests/run $(TEST_LOOP) tests/conformance.py

SECONDS ?= 600
SEED    ?=
soak: $(VIEWER) $(O)/programs/soak         ## everything at random for SECONDS=600, its trace proven; SEED=
	@BUILD='$(O)' SOAK_SECONDS='$(SECONDS)' SEED='$(SEED)' bash tests/soak.sh

# With clang's libFuzzer for FUZZ_SECONDS (new inputs are kept in $(O)/fuzz/found); with another
# compiler the stored corpus is read once.
FUZZ_SECONDS ?= 600
FUZZ_CC      ?= clang
FUZZ_SRC      = tests/fuzz/fuzz_trace.c $(filter-out viz/main.c,$(VIZ_SRC))
FUZZ_FLAGS    = $(STD) -O1 -g -Iviz $(VIZ_CFLAGS) -fno-sanitize-recover=all
fuzz: need                                 ## strangers' bytes through every reader: FUZZ_SECONDS=600
	@mkdir -p $(O)/fuzz/found
	@if echo 'int LLVMFuzzerTestOneInput(void *d,long n);int LLVMFuzzerTestOneInput(void *d,long n){return d==0&&n;}' | \
	    $(FUZZ_CC) -fsanitize=fuzzer -xc - -o $(O)/fuzz/try 2>/dev/null; then set -x; \
	    $(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined $(FUZZ_SRC) -o $(O)/fuzz/fuzz_trace $(VIZ_LIBS) && \
	    $(O)/fuzz/fuzz_trace -max_total_time=$(FUZZ_SECONDS) -max_len=16384 -timeout=10 -print_final_stats=1 \
	        -artifact_prefix=$(O)/fuzz/ $(O)/fuzz/found tests/fuzz/corpus; \
	else set -x; \
	    $(CC) $(FUZZ_FLAGS) -DFUZZ_MAIN -fsanitize=address,undefined $(FUZZ_SRC) -o $(O)/fuzz/fuzz_trace $(VIZ_LIBS) && \
	    $(O)/fuzz/fuzz_trace tests/fuzz/corpus/*; \
	fi

bench: all $(BENCHES) $(OBSERVED) $(PEERS)  ## how fast, beside other loops; BENCH='--rounds 7'
	@BUILD='$(O)' tests/bench/run $(BENCH)

golden: traces frames                      ## make anew the lessons' traces and the pasted frames

traces: all                                ## record lessons/traces/ under the virtual clock
	@if [ -x lessons/record ]; then BUILD='$(O)' lessons/record; fi

frames: all | traces                       ## paste fresh frames into README.md and LESSONS.md
	$(if $(VIEWER),@BUILD='$(O)' tests/frames $(wildcard README.md LESSONS.md))

format:                                    ## lay out the code by .clang-format
	@$(CLANG_FORMAT) -i $(FORMATTED)
format-check:                              ## fail where the layout differs from .clang-format
	@$(CLANG_FORMAT) --dry-run --Werror $(FORMATTED)

# An entry a file, for editors and clang-tidy.
compile_commands.json: FORCE               ## for editors
	@sep='['; { for f in $(C_FILES); do \
	    case $$f in viz/*|tests/test_viz_*|lessons/learn/*|tests/test_learn_*) \
	        dir="-Iviz -Itests -Ilessons/learn $(VIZ_CFLAGS)";; *) dir="-Iloop -Itests -Ilessons";; esac; \
	    printf '%s\n {"directory":"%s","file":"%s","command":"%s"}' "$$sep" "$(CURDIR)" "$$f" \
	        "$(CC) $(BASE) $$dir $(TEST_CFLAGS) -c $$f"; sep=,; \
	done; printf '\n]\n'; } >$@

INSTALLED = bin/loopscope include/loop.h lib/libloop.a lib/$(SONAME) lib/libloop.so lib/pkgconfig/libloop.pc \
            share/man/man1/loopscope.1 share/man/man3/libloop.3 share/bash-completion/completions/loopscope \
            share/zsh/site-functions/_loopscope share/fish/vendor_completions.d/loopscope.fish

install: all $(O)/libloop.so $(O)/libloop.3 $(O)/libloop.pc ## into PREFIX (/usr/local), below DESTDIR
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib' '$(DESTDIR)$(PREFIX)/include'
	$(if $(VIEWER),install -m 755 $(VIEWER) '$(DESTDIR)$(PREFIX)/bin/')
	$(if $(VIEWER),install -d '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/bash-completion/completions' \
	    '$(DESTDIR)$(PREFIX)/share/zsh/site-functions' '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d')
	$(if $(VIEWER),install -m 644 viz/loopscope.1 '$(DESTDIR)$(PREFIX)/share/man/man1/')
	$(if $(VIEWER),install -m 644 viz/completions/loopscope.bash '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/loopscope')
	$(if $(VIEWER),install -m 644 viz/completions/_loopscope '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/')
	$(if $(VIEWER),install -m 644 viz/completions/loopscope.fish '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/')
	$(if $(VIEWER),install -d '$(DESTDIR)$(PREFIX)/share/loopscope/python/asyncio_trace')
	$(if $(VIEWER),install -m 644 lessons/python/loopscope/sitecustomize.py '$(DESTDIR)$(PREFIX)/share/loopscope/python/')
	$(if $(VIEWER),install -m 644 lessons/python/loopscope/asyncio_trace/*.py '$(DESTDIR)$(PREFIX)/share/loopscope/python/asyncio_trace/')
	$(if $(LIB),install -m 644 $(LIB) '$(DESTDIR)$(PREFIX)/lib/')
	install -m 755 $(O)/libloop.so '$(DESTDIR)$(PREFIX)/lib/$(SONAME)'
	ln -sf $(SONAME) '$(DESTDIR)$(PREFIX)/lib/libloop.so'
	install -m 644 loop/loop.h '$(DESTDIR)$(PREFIX)/include/'
	install -d '$(DESTDIR)$(PREFIX)/lib/pkgconfig' '$(DESTDIR)$(PREFIX)/share/man/man3'
	install -m 644 $(O)/libloop.pc '$(DESTDIR)$(PREFIX)/lib/pkgconfig/'
	install -m 644 $(O)/libloop.3 '$(DESTDIR)$(PREFIX)/share/man/man3/'

uninstall:                                 ## takes away what install put there
	rm -f $(foreach file,$(INSTALLED),'$(DESTDIR)$(PREFIX)/$(file)')
	rm -rf '$(DESTDIR)$(PREFIX)/share/loopscope'

clean:                                     ## remove build/ (with MODE or O, only that one)
	rm -rf $(if $(filter build,$(O)),build,'$(O)')

help:                                      ## this list
	@echo 'make [TARGET] [MODE=release|debug|asan|cov] [CC=clang] [WERROR=1] [V=1] [O=DIR]'
	@sed -n 's/^\([a-z_.-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | \
	    awk -F '\t' '{ printf "  %-22s %s\n", $$1, $$2 }'
