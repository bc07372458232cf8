#!/bin/sh
# Makes sure that the browser tests have a browser: Debian's Chromium, or Playwright's own. $1 = Python of the project.
set -u
python=${1:-.venv/bin/python}

[ -x /usr/bin/chromium ] && exit 0
"$python" - <<'PY' && exit 0
import sys
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    sys.exit(not Path(p.chromium.executable_path).exists())
PY

echo '→ 安装浏览器（只用来测试）'
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null && [ -x /usr/bin/chromium ] && exit 0
fi
"$python" -m playwright install chromium && exit 0

echo '****************************************************************'
echo '*  没有浏览器：tests/e2e 里的测试这次不会运行！                *'
echo '*  请安装 chromium（apt install chromium）后再执行 make test。 *'
echo '****************************************************************'
[ "${CI:-}" != true ]
