#!/usr/bin/env python3
"""Puts a page's style and scripts into its HTML, and that into a C++ source, with a Content-Security-Policy that knows them by
their hashes. Usage: embed_page.py OUTPUT.cc INDEX.html STYLE.css SCRIPT.js..."""

import base64
import hashlib
import pathlib
import sys

SOURCE = """// Made from src/cli/status_page/.
#include "cli/status_page.h"

namespace weir::cli {{

StatusPage status_page() {{
  return {{.html = R"-page-({html})-page-",
          .content_security_policy = R"({policy})"}};
}}

}}  // namespace weir::cli
"""


def hash_of(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def policy_for(style, script):
    return "; ".join([
        "default-src 'none'", f"script-src {hash_of(script)}", f"style-src {hash_of(style)}", "connect-src 'self'",
        "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])


def main():
    output, index, style_file, *script_files = map(pathlib.Path, sys.argv[1:])
    style = style_file.read_text()
    script = "\n".join(file.read_text() for file in script_files)
    if "</" in style or "</script" in script:
        sys.exit("embed_page.py: the style or the script would end its own element")
    html = index.read_text().replace("@STYLE@", style).replace("@SCRIPT@", script)
    output.write_text(SOURCE.format(html=html, policy=policy_for(style, script)))


if __name__ == "__main__":
    main()
