# Static analysis of what a board runs:  make -C firmware analyse BOARD=mps2-an386
#
# cppcheck reads everything, as this board's compiler would. clang-tidy takes longer: it reads the
# whole for the native board, each body of the kernels for one board that runs it, and every port.

BODY_OF_mps2-an383 := AIRLOOP_SCALAR
BODY_OF_mps2-an386 := AIRLOOP_SIMD|AIRLOOP_DSP|simd_
BODY_OF_mps3-an547 := AIRLOOP_MVE
# GCC's name of the predicate register in these, which clang does not know; cppcheck reads them.
UNREADABLE := $(shell grep -l '"p0"' kernels/*.c)

ANALYSED := $(SOURCES) $(if $(filter native,$(BOARD)),$(wildcard twin/*.c))
ifeq ($(PORT),native)
TIDIED := $(ANALYSED)
CPPCHECK_PLATFORM := unix64
else
BODY := $(if $(BODY_OF_$(BOARD)),$(shell grep -lE '$(BODY_OF_$(BOARD))' kernels/*.c))
TIDIED := $(filter ports/%,$(SOURCES)) $(filter-out $(UNREADABLE),$(BODY))
TARGET_FLAGS := --target=arm-none-eabi $(CPU_FLAGS) -isystem/usr/include/newlib
CPPCHECK_PLATFORM := unix32
endif
ANALYSED_FLAGS = $(filter -D%,$(CFLAGS))

analyse: $(BUILD)/predefined.h $(BUILD)/compile_flags.txt
	@command -v cppcheck clang-tidy >/dev/null || \
		{ echo "cppcheck or clang-tidy is missing; make setup installs them" >&2; exit 2; }
	@echo "  analyse $(BOARD)"
	@cppcheck --quiet --std=c11 --platform=$(CPPCHECK_PLATFORM) --error-exitcode=1 \
		--enable=warning,style,performance,portability --suppressions-list=cppcheck.suppressions \
		--include=$< -I. $(ANALYSED_FLAGS) $(ANALYSED)
	@printf '%s\n' $(TIDIED) | xargs -P 2 -n 2 clang-tidy --quiet --config-file=.clang-tidy \
		-p $(BUILD) 2>$(BUILD)/tidy.log \
		|| { grep -v 'warnings\? generated' $(BUILD)/tidy.log >&2; exit 1; }

# Which instructions there are, as the compiler says it.
$(BUILD)/predefined.h: $(BUILD)/board.mk
	@$(CC) $(CPU_FLAGS) -dM -E - </dev/null >$@

# What clang is called with, a line each.
$(BUILD)/compile_flags.txt: $(BUILD)/board.mk Makefile analyse.mk
	@printf '%s\n' -std=c11 -I$(CURDIR) $(TARGET_FLAGS) $(ANALYSED_FLAGS) >$@

.PHONY: analyse
