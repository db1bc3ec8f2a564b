// Package oracle holds the compiler against others who know the answer: Go's own compiler, the interpreter of the IR, and the
// kernel's verifier.
//
// A Program is a random text that is both Go and Go3s. Native builds a batch of them with the go command and runs them;
// Machine compiles them with package incremental, loads them into the kernel and runs them there over the same inputs. A Probe
// is a random text with hooks, maps and events, for the verifier alone. Reduce makes a text that fails smaller.
//
// What a text may be is limited: three levels of nested statements in a function, at most 16 statements in the function of a Program,
// and loops of about 6,000 steps in one function, of at most 220 rounds each. A function may be called in the loops of another. A
// call that changes variables stands alone, because Go leaves open when the variables beside it are read.
package oracle
