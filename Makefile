# Pollex. `make run` serves on 127.0.0.1:8080; `make help` lists the rest.
# Missing Debian packages are installed when root, else the command that installs them is printed.

SHELL = /bin/bash
SWIFT ?= swift
PREFIX ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
# Where install and deb take the programs from.
PRODUCTS ?= .build/release
LISTEN ?= 127.0.0.1:8080
DATA ?= ./data
FUZZ_SECONDS ?= 60

compiler_packages := gcc g++ libc6-dev binutils pkg-config
build_packages := $(compiler_packages) libvips-dev libjpeg-dev libdav1d-dev \
    libde265-dev libjxl-dev libaom-dev liblmdb-dev libssl-dev libnghttp2-dev \
    libseccomp-dev libcurl4-openssl-dev libpq-dev
test_packages := $(build_packages) python3 python3-venv python3-pil python3-requests webp libjpeg-turbo-progs \
    mate-backgrounds curl jq openssl nghttp2-client prometheus prometheus-alertmanager haproxy nginx \
    libnginx-mod-stream \
    libheif-examples libavif-bin libjxl-tools python3-aiosmtpd chromium \
    nodejs python3-httpx python3-h2 postgresql-15
# What a fleet on one machine is made of, besides the edges; python3 is for its test.
fleet_packages := ceph-mon ceph-osd radosgw postgresql-15 haproxy curl openssl util-linux python3
bench_packages := $(test_packages) wrk varnish procps util-linux

# What is older must not be sent into the open (CVE-2026-27135), and its symbols do not tell.
nghttp2_version := 1.52.0-1+deb12u3

fuzz_parsers := head chunks range target frame configuration cursor multipart json hint answer record container request \
    proxy forwarded http2 tls

release_flags := -c release --static-swift-stdlib
test_flags := --disable-xctest
# gold can not export the sanitizers' symbols; lld comes with the toolchain.
sanitize_flags := -Xswiftc -use-ld=lld

.PHONY: run build test run-tests bench fleet fleet-stop fleet-test sanitize fuzz lint format install \
    uninstall deb image help clean
.DEFAULT_GOAL := help

# $(call need,PACKAGES): stops unless all of them are installed.
define need
	@command -v dpkg-query >/dev/null || exit 0; \
	missing=; \
	for package in $(1); do \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed \
	        || missing="$$missing $$package"; \
	done; \
	test -n "$$missing" || exit 0; \
	if [ "$$(id -u)" = 0 ]; then \
	    apt-get update && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
	        apt-get install -y --no-install-recommends $$missing; \
	else \
	    echo "Packages are missing. This installs them:"; \
	    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$$missing"; \
	    exit 1; \
	fi
endef

run: build ## build for release and serve on 127.0.0.1:8080 with ./data
	exec .build/release/pollex serve --listen $(LISTEN) --data $(DATA)

build: ## release binaries in .build/release
	$(call need,$(build_packages))
	@! command -v dpkg-query >/dev/null || dpkg --compare-versions \
	    "$$(dpkg-query -W -f '$${Version}' libnghttp2-14)" ge $(nghttp2_version) \
	    || echo "libnghttp2-14 is older than $(nghttp2_version): keep HTTP/2 from the outside."
	$(SWIFT) build $(release_flags)

test: ## build and run every test
	$(call need,$(test_packages))
	@loadtest/console/check --install && conf/container/check --install && loadtest/tus/check --install \
	    || echo "PyPI can not be reached: left out are the console in Chromium, Kubernetes' schemas and tus."
	$(SWIFT) build --build-tests
	# What failed is said at the end.
	@Tests/Engines/with $(MAKE) --no-print-directory run-tests

# Beside the stores of objects that this machine can run. Tests that wait for something hold what they
# opened meanwhile: together up to 2,500 files, where 1,024 are usual unless more are asked for.
# Foundation's Process copies entries of /proc/self/fd as if each were of full length, and so reads up to
# 256 bytes past the end of a buffer: of a thread's own arena that can be the end of what is mapped. In
# the one arena of all there is room behind it.
# A process runs as many tests at once as there are cores, and most scenarios wait: so they are in three.
# The tests of pictures run one after the other, for libvips has one buffer of errors a process: they
# have one of their own.
apart := ^ImagingTests\. ^ScenarioTests\.[A-H] ^ScenarioTests\.[I-R]
run-tests:
	@set -o pipefail; ulimit -n "$$(ulimit -Hn)"; export MALLOC_ARENA_MAX=1 MALLOC_TOP_PAD_=1048576; \
	rm -f .build/tests-*.log; failed=; parts=; \
	for part in $(foreach part,$(apart),'$(part)'); do \
	    $(SWIFT) test --skip-build --ignore-lock $(test_flags) --filter "$$part" \
	        > ".build/tests-$${part//[^A-Za-z-]/}.log" 2>&1 & parts="$$parts $$!"; \
	done; \
	$(SWIFT) test --skip-build --ignore-lock $(test_flags) $(foreach part,$(apart),--skip '$(part)') 2>&1 \
	    | tee .build/tests-others.log || failed=1; \
	for part in $$parts; do wait $$part || failed=1; done; \
	for log in .build/tests-*.log; do grep -a 'Test run with' $$log || failed=1; done; \
	test -z "$$failed" || { grep -ah '✘' .build/tests-*.log; exit 1; }

bench: build ## the short form of every benchmark in loadtest/
	$(call need,$(bench_packages))
	loadtest/run

fleet: build ## three edges, HAProxy, Ceph and PostgreSQL below ./fleet, on loopback
	$(call need,$(fleet_packages))
	conf/fleet/fleet start

fleet-stop: ## ends them; the next make fleet finds all that was there
	conf/fleet/fleet stop

fleet-test: build ## kills each part of that fleet under load: nothing fails, nothing is lost
	$(call need,$(fleet_packages))
	Tests/Fleet/check

sanitize: ## the tests under the address and the thread sanitizer
	$(call need,$(test_packages))
	# The files say what is left out, and why. Threads that look at maps have signal stacks of their own,
	# which the sanitizer would unmap when they end.
	ulimit -n "$$(ulimit -Hn)"; \
	ASAN_OPTIONS="use_sigaltstack=0:suppressions=$(CURDIR)/Tests/address-sanitizer.suppressions" \
	LSAN_OPTIONS="suppressions=$(CURDIR)/Tests/leak-sanitizer.suppressions:print_suppressions=0" \
	    $(SWIFT) test --scratch-path .build-address --sanitize=address $(sanitize_flags) $(test_flags)
	# Left out: what starts real workers, for walls have to be raised in every thread, and the
	# sanitizer's own takes no signal; and pages that can not be read, which it does not survive.
	ulimit -n "$$(ulimit -Hn)"; \
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/thread-sanitizer.suppressions" \
	    $(SWIFT) test --scratch-path .build-thread --sanitize=thread $(sanitize_flags) $(test_flags) \
	    --skip ScenarioTests --skip ImagingTests --skip SandboxTests --skip UnreadableTests

fuzz: ## every parser for FUZZ_SECONDS each, with the address sanitizer
	$(call need,$(build_packages))
	$(SWIFT) build --scratch-path .build-fuzz --product pollex-fuzz -Xswiftc -DFUZZING \
	    --sanitize=fuzzer --sanitize=address $(sanitize_flags) \
	    -Xswiftc -sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table
	mkdir -p $(addprefix .build-fuzz/corpus/,$(fuzz_parsers))
	# What is new goes to .build-fuzz/corpus; what is worth keeping, and every finding, belongs
	# into Tests/Corpus, which the tests replay.
	for parser in $(fuzz_parsers); do \
	    POLLEX_FUZZ=$$parser SWIFT_BACKTRACE=enable=no .build-fuzz/debug/pollex-fuzz \
	        -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=.build-fuzz/$$parser- \
	        .build-fuzz/corpus/$$parser Tests/Corpus/$$parser || exit 1; \
	done

lint: ## format and style, without changing anything
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

format: ## rewrite the sources in the house format
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift

# What install puts below PREFIX besides the programs.
units := $(PREFIX)/lib/systemd/system
examples := $(PREFIX)/share/pollex
manual := $(PREFIX)/share/man/man1
bash_completions := $(PREFIX)/share/bash-completion/completions
zsh_completions := $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
documents := $(PREFIX)/share/doc/pollex
configuration := $(SYSCONFDIR)/pollex/pollex.json5
# Links to what only a checkout has become words.
documented := -e 's,!\[[^]]*\]\([^)]*\)\n,,g' -e 's,\[([^]]*)\]\((\.\./)?(conf|loadtest|Sources)/[^)]*\),\1,g'
packaged := sed -e 's,data: "./data",data: "/var/lib/pollex",' conf/pollex.json5

example_files := $(filter-out %.test.yml,$(wildcard $(addprefix conf/,*.json5 *.cfg *.conf *.yml \
    prometheus/*.yml grafana/*.json fleet/*.json5 fleet/*.cfg sign/* terraform/*.tf container/*.yaml)))

install: build ## PREFIX=/usr/local, DESTDIR for packagers: programs, unit, configuration, documents
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(units) $(documents)/docs $(dir $(configuration)) \
	    $(manual) $(bash_completions) $(zsh_completions))
	install -m 755 $(PRODUCTS)/pollex $(PRODUCTS)/pollex-worker $(DESTDIR)$(PREFIX)/bin
	sed -e 's,/usr/local/bin,$(PREFIX)/bin,' -e 's,/etc/pollex/pollex.json5,$(configuration),' \
	    -e 's,/usr/share/doc/pollex,$(documents),' \
	    -e 's,/etc/pollex/environment,$(dir $(configuration))environment,' \
	    conf/systemd/pollex.service > $(DESTDIR)$(units)/pollex.service
	# A second instance, pollex@NAME, has a configuration and a data directory of its own.
	sed -e 's,pollex/pollex.json5,pollex/%i.json5,' -e 's,pollex/environment,pollex/%i.environment,' \
	    -e 's,^LoadCredential=pollex.json5,&:pollex-%i.json5,' -e 's,credstore/pollex,&-%i,' \
	    -e 's,/var/lib/pollex,/var/lib/pollex-%i,' -e 's,^StateDirectory=pollex,&-%i,' \
	    -e 's,^Description=.*,& (%i),' \
	    $(DESTDIR)$(units)/pollex.service > $(DESTDIR)$(units)/pollex@.service
	for file in $(example_files:conf/%=%); do \
	    install -D -m 644 conf/$$file $(DESTDIR)$(examples)/$$file || exit 1; \
	done
	install -m 644 LICENSE $(DESTDIR)$(documents)
	for page in README.md docs/*.md; do \
	    sed -zE $(documented) $$page > $(DESTDIR)$(documents)/$$page && \
	    chmod 644 $(DESTDIR)$(documents)/$$page || exit 1; \
	done
	$(PRODUCTS)/pollex help --manual | gzip -9nc > $(DESTDIR)$(manual)/pollex.1.gz
	ln -sf pollex.1.gz $(DESTDIR)$(manual)/pollex-worker.1.gz
	$(PRODUCTS)/pollex help --completion bash > $(DESTDIR)$(bash_completions)/pollex
	$(PRODUCTS)/pollex help --completion zsh > $(DESTDIR)$(zsh_completions)/_pollex
	# As the unit says it, so that `pollex token --config` finds the same place.
	test -e $(DESTDIR)$(configuration) || { $(packaged) > $(DESTDIR)$(configuration) \
	    && chmod 644 $(DESTDIR)$(configuration); }

uninstall: ## removes what install put there; a configuration that was changed stays
	rm -f $(DESTDIR)$(PREFIX)/bin/pollex $(DESTDIR)$(PREFIX)/bin/pollex-worker
	rm -f $(DESTDIR)$(units)/pollex.service $(DESTDIR)$(units)/pollex@.service
	rm -f $(DESTDIR)$(manual)/pollex.1.gz $(DESTDIR)$(manual)/pollex-worker.1.gz \
	    $(DESTDIR)$(bash_completions)/pollex $(DESTDIR)$(zsh_completions)/_pollex
	! $(packaged) | cmp -s $(DESTDIR)$(configuration) - \
	    || rm -f $(DESTDIR)$(configuration)
	rm -rf $(DESTDIR)$(examples) $(DESTDIR)$(documents)
	-rmdir $(DESTDIR)$(dir $(configuration)) 2>/dev/null

package := .build/deb
deb: build ## .build/pollex_VERSION_ARCHITECTURE.deb
	$(call need,$(build_packages) dpkg-dev)
	rm -rf $(package)
	$(MAKE) -o build install DESTDIR=$(abspath $(package)/root) PREFIX=/usr PRODUCTS=$(PRODUCTS)
	strip --strip-unneeded $(package)/root/usr/bin/*
	mkdir -p $(package)/root/DEBIAN $(package)/debian
	# dpkg-shlibdeps reads which packages the programs' libraries are in.
	touch $(package)/debian/control
	cd $(package) && dpkg-shlibdeps -O root/usr/bin/pollex root/usr/bin/pollex-worker \
	    | sed -e 's/^shlibs:Depends=//' \
	    -e 's/libnghttp2-14\( ([^)]*)\)\?/libnghttp2-14 (>= $(nghttp2_version))/' > depends
	grep -q 'libnghttp2-14 (>= $(nghttp2_version))' $(package)/depends
	sed -e "s/@VERSION@/$$($(PRODUCTS)/pollex version | cut -d' ' -f2)/" \
	    -e "s/@ARCHITECTURE@/$$(dpkg --print-architecture)/" \
	    -e "s/@DEPENDS@/$$(cat $(package)/depends)/" conf/deb/control > $(package)/root/DEBIAN/control
	echo /etc/pollex/pollex.json5 > $(package)/root/DEBIAN/conffiles
	# Whatever PREFIX is here: the package's is /usr.
	rm $(package)/root/usr/share/doc/pollex/LICENSE
	sed -i 's,(LICENSE),(copyright),' $(package)/root/usr/share/doc/pollex/README.md
	install -m 644 conf/deb/copyright $(package)/root/usr/share/doc/pollex
	gzip -9nc conf/deb/changelog > $(package)/root/usr/share/doc/pollex/changelog.gz
	install -m 755 conf/deb/postinst conf/deb/prerm conf/deb/postrm $(package)/root/DEBIAN
	dpkg-deb --root-owner-group --build $(package)/root .build

image: build ## .build/pollex-image.tar, an OCI image archive
	$(call need,$(build_packages) tini ca-certificates python3)
	conf/container/build --products $(PRODUCTS)

clean: ## removes what was built; ./data stays
	rm -rf .build .build-address .build-thread .build-fuzz loadtest/results

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 12
