"""The expressions of a workflow, `${{ … }}` and `if:`, as far as workflows here use them.

What isn't known is an error: a wrong guess would run something else than the runner does.
"""

import json
import re

TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>&&|\|\||==|!=|[!().,\[\]]))"
)
WORDS = {"true": True, "false": False, "null": None}
STATUS = re.compile(r"\b(always|success|failure|cancelled)\s*\(")


class ExpressionError(Exception):
    """An expression that can't be evaluated."""


def text(value):
    """Write a value into a command line as the runner does."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        raise ExpressionError(f"{value} is no text")
    return str(value)


def same(left, right):
    """Compare as the runner does: words regardless of their case."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return left == right or text(left) == text(right) == ""


class Expressions:
    """Evaluates expressions with these contexts (`matrix`, `needs`, …) and a status so far."""

    def __init__(self, contexts, failed=False):
        """Take the contexts as nested dicts."""
        self.contexts = contexts
        self.functions = {
            "fromjson": json.loads,
            "join": lambda items, between=",": between.join(map(text, items)),
            "always": lambda: True,
            "success": lambda: not failed,
            "failure": lambda: failed,
            "cancelled": lambda: False,
        }

    def filled(self, template):
        """Give `template` with its expressions evaluated; one alone keeps its type."""
        if not isinstance(template, str):
            return template
        whole = re.fullmatch(r"\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*", template, re.DOTALL)
        if whole:
            return self.value(whole[1])
        parts = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
        return parts.sub(lambda found: text(self.value(found[1])), template)

    def holds(self, condition):
        """Say whether an `if:` holds; without a status function it also wants success."""
        condition = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", str(condition), flags=re.DOTALL)
        wanted = STATUS.search(condition) or self.functions["success"]()
        return bool(wanted and self.value(condition))

    def value(self, expression):
        """Evaluate one expression."""
        tokens, at = [], 0
        expression = expression.strip()
        while at < len(expression):
            found = TOKEN.match(expression, at)
            if not found:
                raise ExpressionError(f"'{expression}' has '{expression[at:]}', which is not known")
            tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self.tokens = [*tokens, ("end", "")]
        self.expression = expression
        value = self.either()
        self.expect("")
        return value

    def taken(self, *signs):
        """Take the next token if it is one of these signs."""
        kind, token = self.tokens[0]
        if kind in ("sign", "end") and token in signs:
            self.tokens.pop(0)
            return token or "end"
        return None

    def expect(self, sign):
        """Take this sign, which must be there."""
        if not self.taken(sign):
            raise ExpressionError(f"'{self.expression}': '{self.tokens[0][1]}' is not known there")

    def either(self):
        """Evaluate `a || b`: the first that is true, or the last."""
        value = self.both()
        while self.taken("||"):
            other = self.both()
            value = value or other
        return value

    def both(self):
        """Evaluate `a && b`: the first that is false, or the last."""
        value = self.compared()
        while self.taken("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self):
        """Evaluate `a == b` and `a != b`."""
        value = self.operand()
        sign = self.taken("==", "!=")
        if sign:
            value = same(value, self.operand()) == (sign == "==")
        return value

    def operand(self):
        """Evaluate a literal, a call, a context's value, or what is in parentheses."""
        if self.taken("!"):
            return not self.operand()
        if self.taken("("):
            value = self.either()
            self.expect(")")
            return self.members(value)
        kind, token = self.tokens.pop(0)
        if kind == "string":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return float(token) if "." in token else int(token)
        if kind != "name":
            raise ExpressionError(f"'{self.expression}': '{token}' is not known there")
        if self.taken("("):
            return self.members(self.call(token))
        if token in WORDS:
            return WORDS[token]
        if token not in self.contexts:
            raise ExpressionError(f"'{self.expression}': the context {token} is not known")
        return self.members(self.contexts[token])

    def call(self, name):
        """Evaluate a function whose parenthesis is open."""
        arguments = []
        while not self.taken(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.either())
        if name.lower() not in self.functions:
            raise ExpressionError(f"'{self.expression}': the function {name} is not known")
        return self.functions[name.lower()](*arguments)

    def members(self, value):
        """Follow `.name` and `['name']`; what isn't there is null, as for the runner."""
        while True:
            if self.taken("."):
                key = self.tokens.pop(0)[1]
            elif self.taken("["):
                key = self.either()
                self.expect("]")
            else:
                return value
            if isinstance(value, list) and isinstance(key, int):
                value = value[key] if key < len(value) else None
            else:
                value = value.get(key) if isinstance(value, dict) else None
