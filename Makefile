# Every task of the project. Needs only Linux, make and Python 3.11 or newer; everything else is installed into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/sh
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NODE_USE_SYSTEM_CA := 1

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip install -qq --require-hashes --only-binary :all:
GRADPHOTO := $(PY) -m gradphoto.cli
PYTEST_ARGS ?=

# Node 24 of the system when there is one, else the one that pip brings.
NODE_OF_SYSTEM := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] < 24)' 2>/dev/null && command -v npm)
NODE := $(if $(NODE_OF_SYSTEM),,.venv/.node)
WITH_NODE := cd frontend && export PATH="$(if $(NODE_OF_SYSTEM),,$(CURDIR)/.venv/bin:)$$PATH" &&
SPA_SOURCES := $(shell find frontend -type f \( -path 'frontend/src/*' -o -path 'frontend/public/*' -o -path 'frontend/scripts/*' \
	-o -name '*.config.*' -o -name tsconfig.json -o -name index.html \) \
	-not -path '*/node_modules/*' -not -path 'frontend/dist/*' -not -path 'frontend/src/api/*')

.PHONY: help run test check bench contract migrate lock secrets clean

help: ## 列出所有命令
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

run: .venv/.run frontend/dist/index.html ## 启动全部（演示数据在内；GRADPHOTO_DEMO=false 则为空系统）
	@export GRADPHOTO_DEMO=$${GRADPHOTO_DEMO:-true}; exec $(GRADPHOTO) run

test: check frontend/dist/index.html ## 全部检查和测试，包括浏览器里的
	@echo '→ 前端：类型、规范、单元测试'
	@$(WITH_NODE) npm run --silent typecheck && npm run --silent lint && npm run --silent test
	@sh tests/ensure_chromium.sh $(PY)
	@$(PY) -m pytest -q -n 2 --dist worksteal --ignore tests/e2e $(PYTEST_ARGS)
	@$(PY) -m pytest -q tests/e2e $(PYTEST_ARGS)

check: .venv/.dev ## 快速检查：格式、规范、类型
	@$(PY) -m ruff format --check --quiet backend tests || { echo '格式不对的文件如上，请执行 $(PY) -m ruff format backend tests'; exit 1; }
	@$(PY) -m ruff check --quiet backend tests
	@$(PY) -m mypy

bench: .venv/.dev frontend/dist/index.html ## 性能测量（tests/bench）
	@$(PY) tests/bench

contract: .venv/.dev frontend/node_modules/.installed ## 由代码写出 openapi/openapi.json，再生成前端客户端
	@$(GRADPHOTO) openapi
	@$(WITH_NODE) npm run --silent gen

migrate: .venv/.dev ## 由模型生成下一个迁移：make migrate m="说明"
	@test -n "$(m)" || { echo '请写明改了什么：make migrate m="add a column"'; exit 2; }
	@$(GRADPHOTO) migrate --new "$(m)"

LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade

lock: .venv/.dev ## 更新依赖锁定文件
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) --group build -o requirements-build.txt
	@$(LOCK) -c requirements.txt -c requirements-build.txt pyproject.toml --group dev --group build -o requirements-dev.txt
	@! grep -n '://' requirements*.txt

secrets: ## 为 docker compose 生成数据库密码（只生成一次）
	@test -d secrets || { umask 077; mkdir secrets; \
	  od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > secrets/db_password; \
	  printf 'postgresql://gradphoto:%s@db/gradphoto' "$$(cat secrets/db_password)" > secrets/gradphoto_database_url; \
	  chmod 644 secrets/db_password secrets/gradphoto_database_url; echo '已生成 secrets/，请备份。'; }

clean: ## 删除可以重新生成的东西（不动 var/ 里的数据）
	rm -rf .venv frontend/node_modules frontend/dist frontend/src/api .pytest_cache .mypy_cache .ruff_cache .hypothesis

# --- what the tasks need ---------------------------------------------------------------------------------------------

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo '需要 Python 3.11 或更新的版本，现在的 $(PYTHON) 不是；可以这样指定：make run PYTHON=python3.12'; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '这个 Python 不带 venv，请先安装（Debian/Ubuntu：apt install python3-venv）。'; exit 2; }
	@echo '→ 建立 Python 环境 .venv'
	@$(PYTHON) -m venv --clear .venv
	@echo "$(CURDIR)/backend" > "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/gradphoto.pth"
	@printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m gradphoto.cli "$$@"\n' "$(CURDIR)" > .venv/bin/gradphoto && chmod +x .venv/bin/gradphoto
	@touch $@

.venv/.run: requirements.txt | .venv/.made
	@echo '→ 安装运行依赖（第一次约半分钟）'
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.node: requirements-build.txt | .venv/.made
	@echo '→ 安装 Node（只用来构建网页）'
	@$(PIP) -r requirements-build.txt
	@touch $@

.venv/.dev: requirements-dev.txt | .venv/.made
	@echo '→ 安装开发依赖（第一次约一分钟）'
	@$(PIP) -r requirements-dev.txt
	@touch $@ .venv/.run .venv/.node

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json frontend/.npmrc | $(NODE)
	@echo '→ 安装网页依赖（第一次约一分钟）'
	@$(WITH_NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend/dist/index.html: $(SPA_SOURCES) openapi/openapi.json frontend/node_modules/.installed
	@echo '→ 构建网页'
	@$(WITH_NODE) npm run --silent gen > .build.log 2>&1 && npm run --silent build >> .build.log 2>&1 || { cat .build.log; rm -f .build.log; exit 1; }
	@rm -f frontend/.build.log
	@touch $@
