# SPDX-License-Identifier: MIT
#
# all              build/mailguard, one static file
# check            every test: lint unit asan bats integration (and layers)
# check-trixie     those with real mail servers, with Debian 13's
# demo demo-live   sweeps and reports of logs that are shipped; of live mail
# bench fault fuzz speed, as ratios; long runs; a minute for each of tests/fuzz
# format tidy install uninstall dist clean
# V=1 shows commands, WERROR=1 makes warnings errors, CFLAGS etc. are the user's.

VERSION = 0.1.0
PREFIX ?= /usr/local
SBINDIR = $(DESTDIR)$(PREFIX)/sbin
CONF = $(DESTDIR)/etc/mailguard/mailguard.conf
SHARE = $(DESTDIR)$(PREFIX)/share
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
COMPLETION = $(SHARE)/bash-completion/completions/mailguard

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
OPT = -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	-Wformat=2 -Wundef -Wcast-qual -Wwrite-strings $(if $(WERROR),-Werror)
HARD = -fPIE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection \
	$(if $(filter x86_64 i%86,$(shell uname -m)),-fcf-protection=full)
# The wrapped four are explained in lib/store/nodl.c.
STATIC = -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	-Wl,--fatal-warnings,--wrap=dlopen,--wrap=dlsym,--wrap=dlclose,--wrap=dlerror
SANITIZE = -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all

# Debian's libarchive.pc also names what its formats need that are not used.
PKG = pkg-config --static sqlite3 json-c libarchive zlib libconfig libsodium
PKG_LIBS = $(filter-out -lacl -llz4 -lnettle -lxml2,$(shell $(PKG) --libs))
UNIT_LD = $(LDFLAGS) $(PKG_LIBS) -lcmocka
FLAGS = -std=c17 -D_GNU_SOURCE -DMG_VERSION='"$(VERSION)"' -Iinclude \
	$(shell $(PKG) --cflags) $(WARN)
DEPS = -MMD -MP -MT $@ -MF $@.d
COMPILE = $(CC) $(FLAGS) $(OPT) $(HARD) $(CPPFLAGS) $(CFLAGS)
# Clang's for the fuzz targets too, which stand on the same objects.
COMPILE_ASAN = clang $(FLAGS) $(SANITIZE) $(CPPFLAGS) $(CFLAGS)

LIB := $(wildcard lib/*/*.c)
LIB_OBJ := $(LIB:%.c=build/obj/%.o)
CMD_OBJ := $(patsubst %.c,build/obj/%.o,$(wildcard cmd/*.c))
ASAN_OBJ := $(LIB:%.c=build/asan/%.o)
UNIT := $(patsubst tests/unit/%.c,build/tests/%,$(wildcard tests/unit/test_*.c))
ASAN_UNIT := $(UNIT:build/tests/%=build/asan/%)
FUZZ := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := build/tests/store_rows build/tests/firewall_rows
LINT := $(wildcard tests/lint/*.sh)
BATS := $(wildcard tests/bats/*.bats)
INTEGRATION := $(wildcard tests/integration/*.bats)
MAN := $(wildcard packaging/man/*.[578])
PROGRAMS := build/mailguard build/mailguard-test
run = $(if $(V),,@echo '  $(1)	$@';) mkdir -p $(@D);

.PHONY: all check check-trixie built-check unit bats integration layers lint \
	asan demo demo-live bench fault fuzz format tidy install uninstall dist clean FORCE
.DELETE_ON_ERROR:

all: $(PROGRAMS)

check:
	packaging/install-deps.sh test
	@$(MAKE) --no-print-directory WERROR=1 built-check

built-check: $(PROGRAMS) $(UNIT) $(ASAN_UNIT) $(FUZZ) $(BENCH)
	@tests/run.sh $(LINT) $(UNIT) $(ASAN_UNIT) $(BATS) $(INTEGRATION)

unit: $(UNIT)
asan: $(ASAN_UNIT)
bats: $(BATS)
integration: $(INTEGRATION)
layers: tests/lint/layers.sh tests/lint/doors.sh
lint: $(LINT)
$(LINT) $(BATS) $(INTEGRATION): | all $(FUZZ) $(BENCH)
unit asan bats integration layers lint:
	@tests/run.sh $^
check-trixie: all
	@tests/trixie.sh

demo demo-live:
	packaging/install-deps.sh $(if $(@:demo=),test,build)
	@$(MAKE) --no-print-directory all
	@tests/$(subst -,_,$@).sh

bench fault: all $(BENCH)
	tests/$@/run.sh build

fuzz: $(FUZZ)
	@mkdir -p build/fuzz/found; for f in $(FUZZ); do $$f -max_total_time=60 \
		-max_len=16384 build/fuzz/found tests/data/*/ || exit 1; done

format:
	find include lib cmd tests -name '*.[ch]' -exec clang-format -i {} +
tidy:
	printf '%s\n' $(LIB) cmd/*.c | xargs -I@ clang-tidy --quiet @ -- $(FLAGS)

build/mailguard: $(CMD_OBJ)
build/mailguard-test: $(CMD_OBJ:%/main.o=%/main.test.o)
$(PROGRAMS): build/libmailguard.a
	$(call run,LINK) $(COMPILE) $(STATIC) $(LDFLAGS) -o $@ \
		-Wl,--start-group $^ $(PKG_LIBS) -Wl,--end-group

build/libmailguard.a: $(LIB_OBJ)
	$(call run,AR) rm -f $@ && $(AR) rcs $@ $^

build/obj/%.o: %.c build/flags
	$(call run,CC) $(COMPILE) $(DEPS) -c -o $@ $<
build/obj/cmd/main.test.o: cmd/main.c build/flags
	$(call run,CC) $(COMPILE) $(DEPS) -DMG_TEST_BUILD -c -o $@ $<
build/asan/%.o: %.c build/flags
	$(call run,CC) $(COMPILE_ASAN) $(DEPS) -c -o $@ $<

vpath %.c tests/unit tests/bench
build/tests/%: %.c build/libmailguard.a
	$(call run,TEST) $(COMPILE) $(DEPS) -o $@ $< build/libmailguard.a $(UNIT_LD)

$(ASAN_UNIT) $(FUZZ): $(ASAN_OBJ)
build/asan/%: tests/unit/%.c
	$(call run,TEST) $(COMPILE_ASAN) $(DEPS) -o $@ $< $(ASAN_OBJ) $(UNIT_LD)

build/fuzz/%: tests/fuzz/%.c
	$(call run,FUZZ) $(COMPILE_ASAN) $(DEPS) -fsanitize=fuzzer -o $@ $< \
		$(ASAN_OBJ) $(PKG_LIBS)

# Other flags than last time build everything anew.
build/flags: FORCE
	@mkdir -p build; echo "$(COMPILE)" >$@.new
	@cmp -s $@.new $@ || mv $@.new $@

install: build/mailguard
	install -D -m 0755 -t $(SBINDIR) $< && install -d $(dir $(CONF))policies
	install -D -m 0644 packaging/completions/mailguard.bash $(COMPLETION)
	install -D -m 0644 -t $(SHARE)/mailguard/policies etc/policies/*.conf
	install -D -m 0644 -t $(SHARE)/mailguard/cron packaging/cron/mailguard
	install -D -m 0755 -t $(SHARE)/mailguard/hooks etc/hooks/*
	install -D -m 0644 -t $(UNITS) packaging/systemd/*
	[ -e $(CONF) ] || install -D -m 0644 etc/mailguard.conf $(CONF)
	for m in $(MAN); do \
		install -D -m 0644 -t $(SHARE)/man/man$${m##*.} $$m || exit 1; done

uninstall:
	rm -rf $(SBINDIR)/mailguard $(SHARE)/mailguard $(COMPLETION) $(UNITS)/mailguard* \
		$(MAN:packaging/man/%=$(SHARE)/man/man?/%)
dist: build/flags; git archive --prefix=mailguard-$(VERSION)/ -o build/mailguard-$(VERSION).tar.gz HEAD
clean:; rm -rf build
-include $(shell find build -type f -name '*.d' 2>/dev/null)
