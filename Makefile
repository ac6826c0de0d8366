# letra: how it is built, tested and installed. `make help` lists the targets.
#
# One run of make works on one VARIANT, whose objects lie under build/VARIANT/:
#
#     release        what people use; its program is ./letra
#     plain          the same without GNU Readline (READLINE=0), to be tested
#     asan           with AddressSanitizer and UndefinedBehaviorSanitizer
#     double         everything up to src/model in double precision with naive products, for gradient tests; and
#                    the optimisers
#     asan-double    both
#     fuzz           with clang's sanitizers and what its fuzzer watches, for tests/fuzz
#     coverage       counts which lines and branches run, for make coverage
#     tsan           with clang's ThreadSanitizer and naive products, whose code it can watch, for what runs in threads
#     valgrind       without what Memcheck cannot follow: pages that come as zeros, and patterns with JIT
#
# Targets that set up the machine first or need several variants call make again: only then are the flags of
# what was just installed known. New sources and tests are found by themselves.

VERSION := 0.1.0
VARIANT ?= release
READLINE ?= 1
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz tsan,$(VARIANT)),clang,gcc)
endif

VARIANTS := release plain asan double asan-double fuzz coverage tsan valgrind
ifneq ($(words $(filter $(VARIANT),$(VARIANTS))),1)
$(error VARIANT=$(VARIANT) is none of: $(VARIANTS))
endif

ifneq ($(filter plain fuzz,$(VARIANT)),)
override READLINE := 0
endif
BUILD := build/$(VARIANT)
SANITIZED := $(filter asan% fuzz,$(VARIANT))
COUNTED := $(filter coverage,$(VARIANT))
THREADS_WATCHED := $(filter tsan,$(VARIANT))
DOUBLE := $(filter %double,$(VARIANT))
NAIVE := $(DOUBLE)$(THREADS_WATCHED)
DOUBLE_VARIANT := $(if $(SANITIZED),asan-double,double)
BINARY := $(if $(filter release,$(VARIANT)),letra,$(BUILD)/letra)

# --- Flags -------------------------------------------------------------------------------------------------
# CFLAGS is for optimising and debugging, and belongs to the user, who replaces it; like CPPFLAGS it comes
# after what the sources need, so that it has the last word.

ifeq ($(origin CFLAGS),undefined)
CFLAGS := $(if $(SANITIZED)$(COUNTED),-O1,-O2) -g
KERNEL_CFLAGS := $(if $(SANITIZED)$(COUNTED),,-O3)
endif

X86 := $(if $(NAIVE),,$(filter x86_64-%,$(shell $(CC) -dumpmachine 2>/dev/null)))
PACKAGES := libutf8proc libpcre2-8 jansson libdivsufsort $(if $(filter 0,$(READLINE)),,readline)

DEFINES := -DLETRA_VERSION='"$(VERSION)"' -DLETRA_READLINE=$(if $(filter 0,$(READLINE)),0,1) \
    $(if $(X86),-DLETRA_X86=1) $(if $(DOUBLE),-DLETRA_REAL_DOUBLE=1) \
    $(if $(NAIVE),-DLETRA_NAIVE_PRODUCTS=1) $(if $(filter valgrind,$(VARIANT)),-DLETRA_MEMCHECK=1)
INCLUDES := -Isrc -Itests $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
# Those of gcc; clang, where it is there for its sanitizers, has others.
WARNINGS := $(if $(filter fuzz tsan,$(VARIANT)),-w,-Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes \
    -Wstrict-prototypes $(if $(filter-out 0,$(WERROR)),-Werror))
# Vectorising needs no errno and no traps; the sums keep their order, and NaN and infinity their meaning.
NUMERICS := -fno-math-errno -fno-trapping-math
CONTRACT := -ffp-contract=off
HARDENING := -fstack-protector-strong -fPIE
ifneq ($(filter-out -O0,$(filter -O%,$(CFLAGS))),)
ifeq ($(SANITIZED)$(THREADS_WATCHED)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),)
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
endif
SANITIZERS := $(and $(SANITIZED),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer-no-link)) \
    $(if $(THREADS_WATCHED),-fsanitize=thread)
# That threads sometimes lose a count does no harm: what is asked is whether a line ran. (Counting atomically takes many
# times as long.) Without inlining a function is counted where it stands.
COUNTERS := $(and $(COUNTED),--coverage -fno-inline)

COMPILE := $(CC) -std=gnu11 -fopenmp $(INCLUDES) $(DEFINES) $(WARNINGS) $(NUMERICS) $(HARDENING) $(SANITIZERS) \
    $(COUNTERS)
COMPILE_C := $(COMPILE) $(CONTRACT) $(CPPFLAGS) $(CFLAGS)
# gcc's two sanitizers are two libraries, of which only one minds log_path (tests/run.sh), unless linked statically.
SANITIZER_LIBS := $(if $(findstring clang,$(CC)),,$(and $(SANITIZED),-static-libasan -static-libubsan))
LINK := $(CC) -fopenmp -pie -Wl,-z,relro,-z,now,--as-needed $(SANITIZERS) $(SANITIZER_LIBS) $(COUNTERS) $(CFLAGS) $(LDFLAGS)
LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -ldnnl -lm $(LDLIBS)
CMOCKA_LIBS := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null)

# The kernels and the cells are compiled once for each instruction set, under the name of the set: see
# src/math/instruction_set.h.
# gcc's detection of use after return aligns its stack frames to less than a vector of 64 bytes (gcc PR 110027):
# arrays on the stack of kernels are not watched.
KERNEL_STACK := $(if $(findstring clang,$(CC)),,$(and $(SANITIZED),--param asan-stack=0))
# What makes tiles has such arrays, too; it is compiled for each processor.
TILE_OBJECTS := $(BUILD)/math/gemm_tiles.o $(BUILD)/math/gemm_tiles_window.o
$(TILE_OBJECTS): COMPILE_C += $(KERNEL_STACK)
KERNEL_COMPILE := $(COMPILE) -ffp-contract=fast $(KERNEL_STACK) $(CPPFLAGS) $(CFLAGS) $(KERNEL_CFLAGS)
KERNELS_portable :=
KERNELS_avx2 := -mavx2 -mfma -mbmi2
KERNELS_avx512 := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mprefer-vector-width=512
KERNELS_avx512vnni := $(KERNELS_avx512) -mavx512vnni
KERNELS_avx512bf16 := $(KERNELS_avx512vnni) -mavx512bf16

# --- Files -------------------------------------------------------------------------------------------------

KERNEL_SOURCES := $(sort $(wildcard src/math/*_isa.c src/model/cells/*.c))
SOURCES := $(filter-out $(KERNEL_SOURCES),$(sort $(shell find src -name '*.c')))
ifneq ($(NAIVE),)
SOURCES := $(filter-out src/math/gemm_onednn.c,$(SOURCES))
endif
ifneq ($(DOUBLE),)
SOURCES := $(filter src/base/% src/text/% src/math/% src/model/% src/train/optimizer.c,$(SOURCES))
endif
BYTE_SOURCES := $(wildcard src/math/matvec_isa.c)          # once more, for processors that multiply bytes
CONVERTING_SOURCES := $(wildcard src/math/kernels_isa.c)   # and for those that convert to bfloat16
KERNEL_SETS := portable $(if $(X86),avx2 avx512)
KERNEL_OBJECTS := $(foreach set,$(KERNEL_SETS),$(KERNEL_SOURCES:src/%.c=$(BUILD)/%.$(set).o)) \
    $(if $(X86),$(BYTE_SOURCES:src/%.c=$(BUILD)/%.avx512vnni.o) $(CONVERTING_SOURCES:src/%.c=$(BUILD)/%.avx512bf16.o))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/%.o) $(KERNEL_OBJECTS)

# Tests: tests/FOLDER/test_*.c each a program, linked with what it needs of all but main and of tests/support; those of
# tests/double with the double variant. TEST=text picks by name.
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/support/*.c)))
PROGRAM_OBJECTS := $(filter-out $(BUILD)/main.o,$(OBJECTS)) $(SUPPORT_OBJECTS)
PROGRAM_ARCHIVE := $(BUILD)/tests/objects.a
pick = $(if $(TEST),$(foreach name,$1,$(if $(findstring $(TEST),$(name)),$(name))),$1)
FLOAT_TESTS := $(call pick,$(filter-out tests/double/%,$(sort $(wildcard tests/*/test_*.c))))
DOUBLE_TESTS := $(call pick,$(sort $(wildcard tests/double/*.c)))
FLOAT_PROGRAMS := $(FLOAT_TESTS:%.c=build/$(VARIANT)/%)
DOUBLE_PROGRAMS := $(DOUBLE_TESTS:%.c=build/$(DOUBLE_VARIANT)/%)
# What makes calls fail, to be loaded before a program (tests/faults/faults.c); not with what makes calls of its own.
FAULTS := $(if $(SANITIZED)$(DOUBLE)$(filter coverage,$(VARIANT)),,$(BUILD)/tests/faults/faults.so)

# Benchmarks: tests/bench/*.c each a program, linked with tests/bench/support too.
BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(filter-out tests/bench/test_%,$(sort $(wildcard tests/bench/*.c))))
BENCH_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/bench/support/*.c)))

# Fuzzers: tests/fuzz/fuzz_*.c each a program, linked like a test and with clang's fuzzer, which has its main.
FUZZ_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# Set-up and sub-makes. Without -j they use all processors.
DEPS := CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' LDFLAGS='$(LDFLAGS)' PKG_CONFIG='$(PKG_CONFIG)' \
    READLINE='$(READLINE)' sh .ci/deps.sh
AGAIN = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# `make V=1` shows the commands.
Q := $(if $(filter-out 0,$(V)),,@)
say = $(if $(Q),@printf '%-4s %s\n' $1 $2)

# --- Building ----------------------------------------------------------------------------------------------

.PHONY: all demo test asan coverage valgrind tsan fuzz load soak load-smoke lint install uninstall deps deps-dev clean help
.PHONY: bench bench-scaling bench-cells bench-loading bench-smoke
.PHONY: test-programs bench-programs fuzz-programs FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

all: $(BINARY) ## build ./letra

ifeq ($(DOUBLE),)
$(BINARY): $(OBJECTS) $(BUILD)/objects
	$(call say,LD,$@)
	$(Q)$(LINK) $(OBJECTS) $(LIBS) -o $@
else
$(BINARY):
	@echo 'VARIANT=$(VARIANT) is for the tests of gradients and makes no program: make test builds and runs them' >&2
	@false
endif

$(BUILD)/%.o: src/%.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE_C) -MMD -MP -c $< -o $@

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE_C) -MMD -MP -c $< -o $@

define kernel_rule
$(BUILD)/%.$1.o: src/%.c $(BUILD)/flags
	$$(call say,CC,'$$< ($1)')
	@mkdir -p $$(@D)
	$$(Q)$$(KERNEL_COMPILE) $$(KERNELS_$1) -DKERNELS_NAME=$1 -MMD -MP -c $$< -o $$@
endef
$(foreach set,$(KERNEL_SETS) avx512vnni avx512bf16,$(eval $(call kernel_rule,$(set))))

# Of all objects a test is linked with those that it needs: an archive, which holds their places only, knows which.
$(PROGRAM_ARCHIVE): $(PROGRAM_OBJECTS) $(BUILD)/objects
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcsT $@ $(PROGRAM_OBJECTS)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(PROGRAM_ARCHIVE)
	$(call say,LD,$@)
	$(Q)$(LINK) $(filter %.o,$^) $(PROGRAM_ARCHIVE) $(CMOCKA_LIBS) $(LIBS) -o $@

$(BENCH_PROGRAMS): $(BENCH_OBJECTS)
$(FUZZ_PROGRAMS): LINK += -fsanitize=fuzzer

$(BUILD)/tests/faults/faults.so: tests/faults/faults.c $(BUILD)/flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(filter-out -Wmissing-prototypes,$(WARNINGS)) -O1 -fPIC -shared $< -o $@

test-programs: $(if $(DOUBLE),$(DOUBLE_PROGRAMS),$(FLOAT_PROGRAMS)) $(FAULTS)
bench-programs: $(BENCH_PROGRAMS)
fuzz-programs: $(FUZZ_PROGRAMS)

# Two notes of what the objects were made with: the flags, on which each object depends (and before the first
# object the machine is checked for what the build needs), and the list of objects, on which each program does.
# They are made anew only when what they say changed.
FLAGS_NOW := $(strip $(COMPILE_C) $(KERNEL_COMPILE) $(foreach set,$(KERNEL_SETS) avx512vnni avx512bf16,$(KERNELS_$(set))) $(LINK) $(LIBS))
ifneq ($(FLAGS_NOW),$(file <$(BUILD)/flags))
$(BUILD)/flags: FORCE
endif
$(BUILD)/flags:
	@$(DEPS) check build
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' >$@

OBJECTS_NOW := $(strip $(OBJECTS))
ifneq ($(OBJECTS_NOW),$(file <$(BUILD)/objects))
$(BUILD)/objects: FORCE
endif
$(BUILD)/objects: | $(BUILD)/flags
	@printf '%s\n' '$(OBJECTS_NOW)' >$@

-include $(OBJECTS:.o=.d) $(SUPPORT_OBJECTS:.o=.d) $(BENCH_OBJECTS:.o=.d)
-include $(patsubst %,%.d,$(if $(DOUBLE),$(DOUBLE_PROGRAMS),$(FLOAT_PROGRAMS)) $(BENCH_PROGRAMS) $(FUZZ_PROGRAMS))

# --- Using -------------------------------------------------------------------------------------------------

DEMO := models/demo.safetensors

demo: ## set up, build, train on corpora/english.txt for 40 s and print new text
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all
	./letra train corpora/english.txt -o $(DEMO) --time 40s
	./letra sample $(DEMO) --length 600 --temperature 0.8

SHIPPED_MODELS := $(filter-out %.checkpoint.safetensors,$(wildcard models/letra-*.safetensors))
# Not what corpora/get.sh downloaded, which corpora/.gitignore lists.
SHIPPED_CORPORA := $(filter-out $(patsubst /%,corpora/%,$(file <corpora/.gitignore)),$(wildcard corpora/*))
CORPUS_PROGRAMS := $(filter %.sh %.awk,$(SHIPPED_CORPORA))

install: all ## install under PREFIX (/usr/local), with DESTDIR before it
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/letra/models' \
	    '$(DESTDIR)$(PREFIX)/share/letra/corpora'
	install -m 755 $(BINARY) '$(DESTDIR)$(PREFIX)/bin/letra'
	$(if $(SHIPPED_MODELS),install -m 644 $(SHIPPED_MODELS) '$(DESTDIR)$(PREFIX)/share/letra/models')
	install -m 644 $(filter-out $(CORPUS_PROGRAMS),$(SHIPPED_CORPORA)) '$(DESTDIR)$(PREFIX)/share/letra/corpora'
	$(if $(CORPUS_PROGRAMS),install -m 755 $(CORPUS_PROGRAMS) '$(DESTDIR)$(PREFIX)/share/letra/corpora')

uninstall: ## remove what install put there
	rm -f '$(DESTDIR)$(PREFIX)/bin/letra'
	rm -rf '$(DESTDIR)$(PREFIX)/share/letra'

deps: ## install what building, make demo and make test need
	@$(DEPS) install build test

deps-dev: ## install what lint, fuzzing, benchmarks and the comparison with PyTorch need
	@$(DEPS) install build test lint fuzz dev

clean: ## remove what was built
	rm -rf build letra

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Variables: VARIANT=asan  TEST=text (tests with it in their name)  READLINE=0  V=1  WERROR=1  SECONDS=60'
	@echo '           CC CFLAGS CPPFLAGS LDFLAGS  PREFIX DESTDIR'

# --- Checking ----------------------------------------------------------------------------------------------

# With flags of one's own there is nothing to be said of ours.
HARDENED := $(and $(filter release,$(VARIANT)),$(filter file,$(origin CFLAGS)),tests/hardening.sh)

test: ## build and run all tests; TEST=text: those with it in their name
	@$(DEPS) install build test
	@$(AGAIN) VARIANT=$(VARIANT) all test-programs
	@$(AGAIN) VARIANT=$(DOUBLE_VARIANT) test-programs
	@LETRA='$(CURDIR)/$(BINARY)' FAULTS='$(FAULTS:%=$(CURDIR)/%)' TEST='$(TEST)' bash tests/run.sh \
	    tests/layers.sh $(HARDENED) \
	    $(FLOAT_PROGRAMS) $(DOUBLE_PROGRAMS) $(sort $(wildcard tests/cli/*.bats))

# Under Memcheck: what is over in seconds there. Left out are tests of what it does not have (numbers that are too small
# as zeros, in test_team), of large texts, patterns and vocabularies, which take it minutes, and those that measure memory.
# Its translator has too little room for oneDNN's code for AVX2, unless it takes less of it at once; it knows no AVX-512.
MEMCHECK_TESTS := base/test_arena base/test_base base/test_checksum base/test_error base/test_file \
    base/test_file_input base/test_nameless_file base/test_range base/test_shown text/test_census \
    text/test_corpus_with_vocab text/test_symbol_set text/test_typed_text text/test_unit_store text/test_utf8 \
    model/test_import model/test_weight_drop train/test_teams train/test_saver ui/test_conversation ui/test_heat \
    ui/test_transcript commands/test_show_json
# In threads, as ThreadSanitizer watches them; those of other tests are too long for it.
THREADED_TESTS := base/test_team model/test_weight_drop train/test_teams train/test_saver
tests_of = $(call pick,$(patsubst %.c,build/$1/%,$(wildcard $(patsubst %,tests/%.c,$2))))
MEMCHECK := valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --num-callers=30 \
    --vex-guest-max-insns=20 --suppressions=$(CURDIR)/tests/valgrind.supp

valgrind: ## run unit tests, those that it can follow, under Valgrind's Memcheck
	@$(DEPS) install build test dev
	@$(AGAIN) VARIANT=valgrind $(call tests_of,valgrind,$(MEMCHECK_TESTS))
	@DNNL_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=2 UNDER='$(MEMCHECK)' bash tests/run.sh $(call tests_of,valgrind,$(MEMCHECK_TESTS))

# Archer tells ThreadSanitizer what OpenMP orders; without it there would be false reports.
tsan: ## run what works in threads under ThreadSanitizer
	@$(DEPS) install build test fuzz
	@$(AGAIN) VARIANT=tsan $(call tests_of,tsan,$(THREADED_TESTS))
	@OMP_TOOL_LIBRARIES="$$(clang -print-resource-dir)/../../libarcher.so" \
	    bash tests/run.sh $(call tests_of,tsan,$(THREADED_TESTS))

asan: ## build and run all tests with AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory VARIANT=asan test

# What it prints is what is covered, even where a test failed.
coverage: ## build and run all tests, and print which part of the lines and branches they run
	@$(DEPS) install build test
	@$(AGAIN) VARIANT=coverage all test-programs
	@find build/coverage -name '*.gcda' -delete
	@LETRA='$(CURDIR)/build/coverage/letra' TEST='$(TEST)' bash tests/run.sh \
	    $(FLOAT_TESTS:%.c=build/coverage/%) $(sort $(wildcard tests/cli/*.bats)); \
	    status=$$?; sh tests/coverage.sh build/coverage && exit $$status

# The page is kept only if the whole benchmark came to its end.
bench_page = @: >build/$2.new; LETRA='$(CURDIR)/letra' BENCH='$(CURDIR)/build/release/tests/bench' tests/bench/$1 >>build/$2.new & \
    page=$$!; tail -f --pid=$$page build/$2.new & wait $$page && wait && mv build/$2.new tests/bench/$2

bench: ## measure letra beside its peers, some 10 minutes: tests/bench/results.md
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all bench-programs
	$(call bench_page,run.sh,results.md)

bench-scaling: ## measure how the speed follows each size, some 3 minutes: tests/bench/scaling.md
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all bench-programs
	$(call bench_page,scaling.sh,scaling.md)

bench-cells: ## compare the cells on Tiny Shakespeare, some 20 minutes: tests/bench/cells.md
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all bench-programs
	$(call bench_page,cells.sh,cells.md)

bench-loading: ## measure how texts of 1 MB to 4 GB are loaded, some 5 minutes: tests/bench/loading.md
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all bench-programs
	$(call bench_page,loading.sh,loading.md)

bench-smoke: ## run the benchmarks' programs, each at its smallest, to see that they run
	@$(DEPS) install build
	@$(AGAIN) bench-programs
	@BENCH='$(CURDIR)/$(BUILD)/tests/bench' tests/bench/smoke.sh

SECONDS ?= 60

fuzz: ## feed hostile models and texts to what reads them, SECONDS=60 each
	@$(DEPS) install build fuzz
	@$(AGAIN) VARIANT=fuzz all fuzz-programs
	@LETRA='$(CURDIR)/build/fuzz/letra' SECONDS_EACH='$(SECONDS)' bash tests/fuzz/run.sh \
	    $(patsubst tests/%.c,build/fuzz/tests/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# SECONDS is 60 for the fuzzers, unless somebody says otherwise.
SOAK_SECONDS := $(if $(filter file,$(origin SECONDS)),1800,$(SECONDS))

soak: ## train with a save a second while others read what is saved, SECONDS=1800
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all
	@LETRA='$(CURDIR)/letra' tests/load/soak.sh '$(SOAK_SECONDS)'

load: ## a thousand long samples and a million prompts, some minutes
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all
	@LETRA='$(CURDIR)/letra' tests/load/samples.sh
	@LETRA='$(CURDIR)/letra' tests/load/prompts.sh

load-smoke: ## the same and the soak, each for some seconds
	@$(DEPS) install build
	@$(AGAIN) VARIANT=release all
	@LETRA='$(CURDIR)/letra' tests/load/soak.sh 15
	@LETRA='$(CURDIR)/letra' tests/load/samples.sh 100
	@LETRA='$(CURDIR)/letra' tests/load/prompts.sh 40000

lint: ## check format, style, layers and lengths of sources and scripts
	@$(DEPS) check build lint
	@$(AGAIN) -k --output-sync=target lint-format lint-tidy lint-cppcheck lint-shell lint-length lint-layers
	@echo 'lint: clean'

LINT := build/lint
LINT_SOURCES := $(sort $(shell find src tests -name '*.c'))
LINT_HEADERS := $(sort $(shell find src tests -name '*.h'))
LINT_SCRIPTS := .ci/run $(sort $(shell find .ci tests corpora -name '*.sh'))
LINT_BATS := $(sort $(shell find tests -name '*.bats' -o -name '*.bash'))
# Bats stops at a failing cd by itself, and runs each test in a shell of its own.
BATS_HABITS := SC2030,SC2031,SC2164
LINT_DEFINES := $(DEFINES) -DKERNELS_NAME=portable
LINT_FLAGS := -std=gnu11 -fopenmp $(INCLUDES) $(LINT_DEFINES)

.PHONY: lint-format lint-tidy lint-cppcheck lint-shell lint-length lint-layers

lint-format:
	@clang-format --dry-run -Werror $(LINT_SOURCES) $(LINT_HEADERS)

# A file is checked again only when it, a header of it or the rules changed.
lint-tidy: $(LINT_SOURCES:%=$(LINT)/%.tidy)
$(LINT)/%.tidy: % .clang-tidy tests/.clang-tidy Makefile
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(LINT_FLAGS) $(if $(filter tests/double/%,$<),-DLETRA_REAL_DOUBLE=1) \
	    2>$@.log || { cat $@.log; exit 1; }
	@$(CC) $(LINT_FLAGS) -MM -MP -MT $@ -MF $@.d $<
	@touch $@
ifneq ($(filter lint-tidy,$(MAKECMDGOALS)),)
-include $(LINT_SOURCES:%=$(LINT)/%.tidy.d)
endif

lint-cppcheck:
	@mkdir -p $(LINT)/cppcheck
	@cppcheck --quiet -j2 --enable=warning,performance,portability,style --error-exitcode=1 --inline-suppr \
	    --std=c11 --library=posix --library=openmp --suppressions-list=tests/cppcheck.supp \
	    --cppcheck-build-dir=$(LINT)/cppcheck -Isrc -Itests $(LINT_DEFINES) $(LINT_SOURCES)

lint-shell:
	@shellcheck -x $(LINT_SCRIPTS)
	@shellcheck -x -e $(BATS_HABITS) $(LINT_BATS)

# clang-format leaves comments as they are. A character of UTF-8 is its first byte; the others are not counted. An
# address cannot be broken.
LINT_LENGTHS := $(LINT_SOURCES) $(LINT_HEADERS) $(LINT_SCRIPTS) $(LINT_BATS) $(sort $(shell find tests -name '*.py'))

lint-length:
	@LC_ALL=C awk '{ gsub(/[\200-\277]/, "") } \
	    length($$0) > 120 && !/https:/ { print FILENAME ":" FNR ": more than 120 columns"; failed = 1 } \
	    FNR == 501 { print FILENAME ": more than 500 lines"; failed = 1 } END { exit failed }' $(LINT_LENGTHS)

lint-layers:
	@sh tests/layers.sh
