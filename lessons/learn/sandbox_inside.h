/*
 * sandbox_inside.h - what the sandbox needs of its system (sandbox_linux.c, sandbox_landlock.c).
 * For sandbox.c alone.
 *
 * Each answers the guards that it has put up: 0 where the system has none of it, or does not allow
 * it. Nothing here fails: what is not there is told as missing.
 */
#ifndef LEARN_SANDBOX_INSIDE_H
#define LEARN_SANDBOX_INSIDE_H

#include "sandbox.h"

/* The user that stands for root in the sandbox: "nobody". */
enum { SANDBOX_NOBODY = 65534 };

/*
 * What a program, and a compiler, needs to start; NULL ends them. What is not there is passed over.
 */
extern const char *const sandbox_system_paths[];

/* In the outer process: namespaces, of which the next child is the first process. */
unsigned sandbox_split(const struct sandbox *box);
/* In the keeper, after guards `have`: a file system and a loopback of its own. */
unsigned sandbox_furnish(const struct sandbox *box, unsigned have);
/* In the program, last but for exec(): what it may do with files, by Landlock. */
unsigned sandbox_lock(const struct sandbox *box, unsigned have);

/*
 * This process gets a signal when its parent ends; others may not look into it (keeper), or may
 * (program).
 */
void sandbox_bind_to_parent(int number);
void sandbox_hide(bool hidden);
/* Once it is no longer root: its processes are counted for this program alone. False: all of nobody's count. */
bool sandbox_count_apart(void);
/* Short of memory, the kernel ends this one first. */
void sandbox_offer(void);
/* Orphans below this process become its children. */
void sandbox_adopt(void);
/* Bytes of memory that all processes but this one use, or 0 when that can't be known. */
size_t sandbox_memory(void);
/* Kills the children of this process that are left. */
void sandbox_kill_children(void);

#endif
