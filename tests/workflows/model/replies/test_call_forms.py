"""Calls that stand in an answer's text, in the form of each family's own template."""

from __future__ import annotations

import json

import pytest

from workflows.model.replies.text_calls import written

TOOLS = {"read", "shell", "edit", "write", "search", "finish"}
CALL = '{"name": "read", "arguments": {"path": "a.py"}}'
BARS = str.maketrans({"|": "\uff5c", "_": "\u2581"})
DEEPSEEK = "<|tool_calls_begin|><|tool_call_begin|>{}<|tool_call_end|><|tool_calls_end|>"


def bars(text: str) -> str:
    """DeepSeek's own characters."""
    return text.translate(BARS)


@pytest.mark.parametrize(
    "text",
    [
        # Llama: https://www.llama.com/docs/model-cards-and-prompt-formats/llama3_1/ and llama4
        f"<|python_tag|>{CALL}<|eom_id|>",
        '<|python_tag|>read.call(path="a.py")',
        '[read(path="a.py")]',
        'read(path="a.py")',
        # Gemma: https://ai.google.dev/gemma/docs/capabilities/function-calling
        '```tool_code\nread(path="a.py")\n```',
        '```tool_code\nprint(default_api.read(path="a.py"))\n```',
        # Mistral: https://docs.mistral.ai/capabilities/function_calling/
        '[TOOL_CALLS]read[ARGS]{"path": "a.py"}',
        '[TOOL_CALLS]read[CALL_ID]abc123def[ARGS]{"path": "a.py"}',
        # DeepSeek: https://huggingface.co/deepseek-ai/DeepSeek-V3.1/blob/main/assets/chat_template.jinja
        bars(DEEPSEEK.format("function<|tool_sep|>read\n")).replace("read\n", 'read\n```json\n{"path": "a.py"}\n```'),
        bars(DEEPSEEK.format("read<|tool_sep|>@")).replace("@", '{"path": "a.py"}'),
        # Kimi: https://huggingface.co/moonshotai/Kimi-K2-Instruct/blob/main/docs/tool_call_guidance.md
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>"
        '{"path": "a.py"}<|tool_call_end|><|tool_calls_section_end|>',
        # GLM: https://huggingface.co/zai-org/GLM-4.5/blob/main/chat_template.jinja
        "<tool_call>read\n<arg_key>path</arg_key>\n<arg_value>a.py</arg_value>\n</tool_call>",
        'read\n{"path": "a.py"}',
        # gpt-oss: https://cookbook.openai.com/articles/openai-harmony
        '<|channel|>commentary to=functions.read <|constrain|>json<|message|>{"path": "a.py"}<|call|>',
        '<|start|>assistant<|channel|>commentary to=functions.read<|message|>{"path":"a.py"}<|call|>',
        # Cohere: https://docs.cohere.com/docs/command-r7b-hf
        '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "read", "parameters": {"path": "a.py"}}]<|END_ACTION|>',
        '<|action_start|><|plugin|>\n{"name": "read", "parameters": {"path": "a.py"}}<|action_end|>',  # InternLM
        '>>>read\n{"path": "a.py"}',  # functionary
        'Action: read\nAction Input: {"path": "a.py"}',  # ReAct
        '<x:function_calls>\n<x:invoke name="read">\n<x:parameter name="path">a.py</x:parameter>\n</x:invoke>\n'
        "</x:function_calls>",
        '[TOOL_CALLS]read{"path": "a.py"}',
        # DeepSeek 3.2: https://huggingface.co/deepseek-ai/DeepSeek-V3.2/tree/main/encoding
        bars('<|DSML|function_calls>\n<|DSML|invoke name="read">\n<|DSML|parameter name="path" string="true">')
        + bars("a.py</|DSML|parameter>\n</|DSML|invoke>\n</|DSML|function_calls>").replace("\u2581", "_"),
        '<tool_calls><tool_call>read<tool_sep>\n```json\n{"path": "a.py"}\n```\n</tool_call></tool_calls>',  # Hunyuan
        f"<TOOLCALL>[{CALL}]</TOOLCALL>",  # Nemotron
        # FunctionGemma and Gemma 4: https://ai.google.dev/gemma/docs/functiongemma
        "<start_function_call>call:read{path:<escape>a.py<escape>}<end_function_call>",
        '<|tool_call>call:read{path:<|"|>a.py<|"|>}<tool_call|>',
        # LongCat: https://huggingface.co/meituan-longcat/LongCat-Flash-Chat
        "<longcat_tool_call>read\n<longcat_arg_key>path</longcat_arg_key>\n<longcat_arg_value>a.py</longcat_arg_value>\n"
        "</longcat_tool_call>",
        '{"function_call": {"name": "read", "arguments": "{\\"path\\": \\"a.py\\"}"}}',  # OpenAI's before `tool_calls`
        '<tool_use><name>read</name><input>{"path": "a.py"}</input></tool_use>',
        "<tool_call><tool_name>read</tool_name><parameters><path>a.py</path></parameters></tool_call>",
        f"<tool_calls>[\n    {CALL}\n]</tool_calls>",  # Jamba
        '<function_calls>\nread(path="a.py")\n</function_calls>',  # OLMo
        '<|tool_call_start|>[read(path="a.py")]<|tool_call_end|>',  # LFM2
        '<|tools_prefix|>[{"read": {"path": "a.py"}}]<|tools_suffix|>',  # Apertus
        "<read>\n<path>a.py</path>\n</read>",  # Cline, Roo
        "<tool_call>\n{'name': 'read', 'arguments': {'path': 'a.py'}}\n</tool_call>",
        '<tool_call>\n{"name": "read", "arguments": {"path": "a.py"}\n</tool_call>',
        # JSON as people write it
        '```read\n{"path": "a.py"}\n```',
        f"```python\n{CALL}\n```",
        f"```JSON\n{CALL}\n```",
        f"~~~json\n{CALL}\n~~~",
        '```json\n{"name": "read", "arguments": {"path": "a.py",}}\n```',
        "```json\n{'name': 'read', 'arguments': {'path': 'a.py'}}\n```",
        '```json\n{\n  // open it\n  "name": "read",\n  "arguments": {"path": "a.py"}\n}\n```',
        '```json\n{"tool": "read", "path": "a.py"}\n```',
        '```json\n{"read": {"path": "a.py"}}\n```',
    ],
)
def test_a_call_is_read_in_every_family_s_form(text: str) -> None:
    for before in ("",) if text.startswith(("[read", "read", "<|start")) else ("", "I look.\n"):
        found = written(before + text, TOOLS)
        assert [(name, json.loads(arguments)) for name, arguments in found.calls] == [("read", {"path": "a.py"})]
        assert found.before == before.strip()


@pytest.mark.parametrize(
    "text",
    [
        '[read(path="a.py"), shell(command="ls")]',
        bars("<|tool_calls_begin|><|tool_call_begin|>read<|tool_sep|>@<|tool_call_end|>").replace(
            "@", '{"path": "a.py"}'
        )
        + bars("<|tool_call_begin|>shell<|tool_sep|>@<|tool_call_end|>").replace("@", '{"command": "ls"}'),
        '[TOOL_CALLS]read[ARGS]{"path": "a.py"}[TOOL_CALLS]shell[ARGS]{"command": "ls"}',
        '```json\n{"read": {"path": "a.py"}}\n```\n```json\n{"shell": {"command": "ls"}}\n```',
    ],
)
def test_several_calls_are_read_in_their_order(text: str) -> None:
    assert [name for name, _ in written(text, TOOLS).calls] == ["read", "shell"]


def test_a_text_that_is_written_may_hold_fences() -> None:
    for text in ("# Use\n```python\nx = 1\n```\n", "```\n", "~~~\n```"):
        for dumped in (json.dumps(text), json.dumps(text).replace("\\n", "\n")):
            body = f'{{"name": "write", "arguments": {{"path": "README.md", "content": {dumped}}}}}'
            for fenced in (f"```json\n{body}\n```", f"I write.\n```\n{body}\n```\n```json\n{CALL}\n```"):
                calls = written(fenced, TOOLS).calls
                assert json.loads(calls[0][1])["content"] == text
                assert [name for name, _ in calls[1:]] == ["read"] * fenced.count(CALL)


def test_what_is_written_between_tags_is_kept_as_it_is() -> None:
    text = "I do.\n<write>\n<path>a.py</path>\n<content>\nif x:\n    y = 1\n</content>\n</write>"
    ((name, arguments),) = written(text, TOOLS).calls
    assert (name, json.loads(arguments)) == ("write", {"path": "a.py", "content": "if x:\n    y = 1"})
    assert written(text, TOOLS).before == "I do."


def test_a_list_of_calls_leaves_nothing_before_it() -> None:
    assert written(f"[{CALL}]", TOOLS).before == ""
    assert len(written(f"[{CALL}]", TOOLS).calls) == 1


@pytest.mark.parametrize(
    "text",
    [
        'To read a file write `{"name": "read", "arguments": {}}`.',
        'It returned:\n```json\n{"name": "read", "result": "x"}\n```',
        'It returned:\n```json\n{"tool": "read", "result": "x"}\n```',
        '```json\n{"name": "read", "version": "1.0.0"}\n```',
        "I would do:\n```python\nread(path='a.py')\n```",
        'Then read(path="a.py") is called by main.',
        f"> <tool_call>{CALL}</tool_call>",
        '["read", "shell"]',
        '[TOOL_CALLS]rm[ARGS]{"path": "a.py"}',
        '[TOOL_CALLS]read[ARGS]{"path": "a.p',
        '<|channel|>commentary to=functions.rm<|message|>{"path":"a.py"}<|call|>',
        "Action: read\nAction Input: the file a.py",
        "```shell\nls\n```",
        'open("a.py"); read(path="a.py")',
        "read(path=__import__('os').getcwd())",
        "read(*paths)",
        "<search>every word</search>",
        "```html\n<search><path>a</path></search>\n```",
        "<read>the <path>a.py</path></read>",
        '<tool_call>\n{"name": "read", "arguments": {"path": "a.py"}',  # cut off
    ],
)
def test_what_only_speaks_of_a_call_is_none(text: str) -> None:
    assert written(text, TOOLS).calls == ()


@pytest.mark.parametrize(
    "text",
    [
        "<start_function_call>call:read{path:<escape>a.py<escape>",
        "<start_function_call>call:read{path:<escape>a.py}<end_function_call>",
        "<start_function_call>call:nothing{path:<escape>a.py<escape>}<end_function_call>",
        "call:read{path:<escape>a.py<escape>}",
        "<tool_use><name>nothing</name><input>{}</input></tool_use>",
        "The element is <name>read</name><input>{}</input>.",
    ],
)
def test_what_is_cut_off_or_names_no_tool_is_no_call_in_these_forms(text: str) -> None:
    assert written(text, TOOLS).calls == ()


def test_texts_and_numbers_between_gemmas_marks_are_read() -> None:
    given = "path:<escape>a.py<escape>,line:3,old:<escape>x, {y}: z<escape>"
    text = f"<start_function_call>call:edit{{{given}}}<end_function_call>"
    assert written(text, {"edit"}).calls == (("edit", '{"path": "a.py", "line": 3, "old": "x, {y}: z"}'),)
