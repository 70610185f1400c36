# SPDX-License-Identifier: GPL-3.0-or-later
# A thin front to meson, which does the work. Every target first sees to it that what it needs is
# installed (data/packaging/install-dependencies: at once when nothing is missing), then builds.

BUILD ?= build
FOLDER ?=
OUT ?= thaw-files.png
WIDTH ?= 1100
HEIGHT ?= 720
DARK ?=
LOCALE ?=
VIEW ?=
NAME ?=
PLUGIN ?=
IN ?=

install := data/packaging/install-dependencies
# Whether to show something at all is the folder's business: an empty FOLDER means home.
folder := $(if $(FOLDER),"$(FOLDER)")

help: ## what there is to make
	@echo 'Thaw: a message-pump application framework, and Thaw Files, a desktop file browser.'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
	@echo
	@echo '  FOLDER=DIR for run and screenshot; OUT=FILE WIDTH= HEIGHT= DARK=1 LOCALE=zh_CN.UTF-8 VIEW=grid'
	@echo '  for screenshot; BUILD=DIR instead of build/. For everything else use meson itself.'

build: ## only build, in build/
	@$(install) io ui run
	@$(call compile,$(BUILD))

run: ## build and open Thaw Files, in the browser if there is no display (FOLDER=~/Downloads)
	@$(install) io ui run
	@$(call compile,$(BUILD))
	@data/packaging/run $(BUILD) $(folder)

test: ## all tests, the sanitizer builds too; ends with the line N passed, N failed
	@$(install) io ui run test gir bench
	@tests/support/run-tests

bench: ## measure what the README claims: one line a figure
	@$(install) io ui run test bench
	@$(call compile,$(BUILD))
	@tests/bench/run $(BUILD)

peers: ## measure the file managers that are installed, from outside
	@$(install) io ui run test bench
	@$(call compile,$(BUILD))
	@tests/bench/peers/run $(BUILD)

screenshot: ## a PNG of the window (FOLDER= OUT= WIDTH= HEIGHT= DARK=1)
	@$(install) io ui run test
	@$(call compile,$(BUILD))
	@tests/support/screenshot --build $(BUILD) --out "$(OUT)" --size $(WIDTH)x$(HEIGHT) \
	  $(if $(DARK),--dark) $(if $(LOCALE),--locale $(LOCALE)) $(if $(VIEW),--view $(VIEW)) -- $(folder)

new-app: ## write a small program that uses Thaw (NAME=my-reader, IN=FOLDER)
	@data/packaging/new-app "$(NAME)" "$(or $(IN),.)"

new-view: ## write a view that works, to be changed into yours (NAME=wall, LANG=c or python)
	@data/packaging/new-view "$(NAME)" "$(if $(filter c python,$(LANG)),$(LANG),c)" $(if $(IN),"$(IN)")

test-view: ## hold a view to the checks of every view (VIEW=wall, or PLUGIN=path/to/thaw_wall.plugin)
	@$(install) io ui run test gir
	@$(call compile,$(BUILD))
	@tests/support/test-view $(BUILD) "$(VIEW)" "$(PLUGIN)"

clean: ## remove what was built
	rm -rf build build-*

# Configures once; ninja sees to the rest and stays silent when there is nothing to do.
define compile
{ test -f $(1)/build.ninja || meson setup $(1); } && ninja -C $(1) --quiet
endef

.PHONY: help build run test bench peers screenshot new-app new-view test-view clean
