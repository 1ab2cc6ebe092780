/* coro_annotate.h - tells AddressSanitizer and valgrind about our stacks.
 *
 * Both believe that a thread has one stack, and report thousands of false errors without these notes.  In a
 * normal build each line costs nothing, or (where valgrind's header was found) a few no-op instructions.
 */
#ifndef LOOP_CORO_ANNOTATE_H
#define LOOP_CORO_ANNOTATE_H

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#ifndef __has_include
#define __has_include(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define CORO_UNDER_ASAN 1
#define ASAN_LEAVE(save, lo, size) __sanitizer_start_switch_fiber(save, lo, size)
#define ASAN_ARRIVE(save, lo, size) __sanitizer_finish_switch_fiber(save, lo, size)
#define ASAN_FORGET(lo, size) __asan_unpoison_memory_region(lo, size)
#else
#define CORO_UNDER_ASAN 0
#define ASAN_LEAVE(save, lo, size) ((void)sizeof(save), (void)sizeof(lo), (void)sizeof(size))
#define ASAN_ARRIVE(save, lo, size) ((void)sizeof(save), (void)sizeof(lo), (void)sizeof(size))
#define ASAN_FORGET(lo, size) ((void)sizeof(lo), (void)sizeof(size))
#endif

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_STACK_REGISTER(lo, hi) ((void)(lo), (void)(hi), 0u)
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#define VALGRIND_MAKE_MEM_UNDEFINED(lo, len) ((void)(lo), (void)(len))
#endif

#endif
