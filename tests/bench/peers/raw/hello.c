/* raw/hello.c - the least that a C program does before its first line. */
#include <stdio.h>

int main(void)
{
    for (int i = 0; i < 5; i++)
        puts("Running...");
    return 0;
}
