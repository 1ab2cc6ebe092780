/* student - a student's copy of an exercise, and what is made of it. */
#ifndef LEARN_STUDENT_H
#define LEARN_STUDENT_H

#include "exercise.h"
#include "progress.h"

/* The student's paths for a lesson. */
struct student {
    char source[PATH_MAX], program[PATH_MAX], trace[PATH_MAX];
};

void student_paths(const struct course *course, const struct lesson *lesson,
                   struct student *student);
/* Makes the copy of start.c when it isn't there yet (*made says so). 0, or -1: said. */
int student_open(const struct course *course, const struct lesson *lesson, struct student *student,
                 bool *made);
/* Copies a file over; whole or not at all. 0, or -1: said. */
int file_copy(const char *from, const char *to);

#endif
