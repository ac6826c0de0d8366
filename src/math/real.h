/* The number type of the network: `float` in the program, `double` in the build that checks gradients. */
#ifndef LETRA_MATH_REAL_H
#define LETRA_MATH_REAL_H

#ifdef LETRA_REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#endif
