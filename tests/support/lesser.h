/* The tests of a program once more, as other processors would run them. */
#ifndef LETRA_TESTS_SUPPORT_LESSER_H
#define LETRA_TESTS_SUPPORT_LESSER_H

/* Runs this test program again with DNNL_MAX_CPU_ISA set to each of oneDNN's instruction sets that letra has a path
 * for, and fails with what it wrote if it fails. Where that variable is set already, it does nothing. */
void run_again_as_lesser_processors(void);

#endif
