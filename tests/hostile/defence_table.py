"""The defences that `tests.hostile.defences` takes away one at a time, each with the tests that must then fail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Defence:
    """`old` is replaced by `new` in `file`; `tests` are PATH::NAME of the test functions that must fail.

    All other tests of those files must pass. Where the files are slow, `only` bounds the run to a
    part of them: the words that pytest takes behind -k.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    only: str = ""


def _in(path: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{path}::test_{name}" for name in names)


WALLS = "tests/hostile/test_box_walls.py"
POST = "tests/sandbox/processes/test_launcher.py"
LIMITS = "tests/hostile/test_box_limits.py"
PACKAGES = "tests/workflows/workspace/test_tree_layers.py"
PROXY = "tests/hostile/test_proxy.py"
REGISTRIES = "tests/hostile/test_registries.py"
HOST = "tests/hostile/test_host_configuration.py"
ADDRESSES = "tests/sandbox/network/test_special_addresses.py"
TREES = "tests/hostile/test_trees.py"
WALK = "tests/sandbox/files/test_walk.py"
FILES = "tests/sandbox/files/test_agent_files.py"
ERASE = "tests/sandbox/files/test_erase.py"
WORKSPACE = "tests/sandbox/trees/test_workspace.py"
ACCOUNTS = "tests/workflows/secrets/test_accounts.py"
SHOWN = "tests/sandbox/git/test_shown.py"
REPOSITORY = "tests/sandbox/git/test_repository.py"
ENVIRONMENT = "tests/sandbox/environment/test_set_up.py"
BESIDE = "tests/workflows/workspace/test_beside.py"
BOXES = "tests/workflows/workspace/test_sandboxes.py"
PIPE = "tests/workflows/reports/test_pipe.py"
JUNIT = "tests/workflows/reports/formats/test_junit.py"
JUDGE = "tests/workflows/checks/results/test_check_result.py"
SHARED = "tests/workflows/checks/commands/test_shared_results.py"
PARTS = "tests/workflows/checks/commands/test_in_parts.py"
REAL = "tests/workflows/checks/test_verify_real.py"
CALLED = "tests/workflows/checks/change/steering/test_called.py"
SERVING = "tests/workflows/checks/change/test_serving.py"
LAID = "tests/workflows/checks/change/steering/test_laid.py"
SOLVE = "tests/hostile/test_solve.py"
FAILED_PARTS = "tests/workflows/checks/results/test_failed_parts.py"
STEERING = "tests/workflows/checks/change/steering/test_check_steering.py"
WEAKENED = "tests/workflows/checks/change/test_fitting.py"
CASES = "tests/workflows/checks/change/weakening/test_case_tables.py"
FOUR_WAYS = "tests/workflows/checks/proofs/test_four_ways.py"
RUNNERS = "tests/workflows/checks/proofs/test_other_runners.py"
LOOP = "tests/workflows/agent/test_loop.py"
QUESTIONS = "tests/workflows/agent/test_questions.py"
FAMILIES = "tests/workflows/model/test_families.py"
LEFTOVERS = "tests/workflows/policy/test_leftovers.py"
UNASKED = "tests/workflows/policy/test_unasked.py"
CLEAN = "tests/workflows/issue_to_pr/test_clean_clone.py"
RULES = "tests/hostile/test_pull_rules.py"
PROVEN = "tests/workflows/review_pr/proof/test_proven.py"
PUSH_RULES = "tests/workflows/issue_to_pr/test_rules.py"
APPLYING = "tests/workflows/review_pr/reply/test_applying.py"
SCRIPTS = "tests/workflows/review_pr/proof/test_trying.py"
REVIEWED = "tests/bot/webhook/conditions/test_pulls.py"
HOLLOW = "tests/workflows/triage/reproduction/test_hollow.py"
HOLLOW_ELSEWHERE = "tests/workflows/triage/reproduction/test_hollow_languages.py"
TRYING = "tests/workflows/triage/reproduction/test_trying.py"
LOGS = "tests/bot/github/resources/test_logs.py"
SECRETS = "tests/workflows/secrets/test_scan.py"
MARKDOWN = "tests/workflows/text/test_escape.py"
WORDS = "tests/workflows/text/test_model_words.py"
PULL = "tests/workflows/text/pull_request/test_body.py"
SANITISE = "tests/workflows/text/test_sanitise.py"
REDACTION = "tests/workflows/secrets/test_redaction.py"
OUTGOING = "tests/hostile/test_outgoing.py"
ORDERS = "tests/hostile/test_orders.py"
TOKENS = "tests/hostile/test_forge_tokens.py"
WEB = "tests/bot/server/test_web.py"
INBOX = "tests/hostile/test_inbox.py"
DISPATCH = "tests/bot/webhook/test_deliveries.py"
CHOICES = "tests/bot/test_choices.py"
COMMANDS = "tests/bot/commands/test_table.py"
FROZEN = "tests/hostile/test_frozen_peers.py"
COPIES = "tests/hostile/test_copies.py"
STEERED = "tests/bot/commands/test_steering.py"
ROUTING = "tests/bot/webhook/test_routing.py"
REFUSALS = "tests/bot/test_refusals.py"
ACTIONS = "tests/bot/test_actions.py"
FOUR_EYES = "tests/bot/test_four_eyes.py"
PEOPLE = "tests/bot/github/resources/test_people.py"
ACCESS = "tests/workflows/runs/test_principal.py"
PAGES = "tests/bot/admin/pages/test_routes.py"
STARTS = "tests/bot/admin/pages/test_start.py"
EVERY = "tests/bot/access/test_every_route.py"
API = "tests/bot/api/test_actions_by_api.py"
STREAMS = "tests/bot/asking/test_streams.py"
SIGN_IN = "tests/bot/signin/test_signing_in.py"
HOOKS = "tests/bot/hooks/test_hooks.py"
PRESSES = "tests/bot/telegram/said/test_pressing.py"
CHANNEL = "tests/bot/telegram/shown/test_channel.py"
CALLED_BY_TELEGRAM = "tests/bot/server/test_telegram_hook.py"
LINKED = "tests/workflows/store/telegram/test_telegram_rows.py"

_PLAIN = "not layered and not looked_up and not replace and not dangerous"
"""Of the tests of the walls those whose boxes have a home of their own, without the longest ones."""
_NO_BOX = "not virtual and not whatever_a_box and not layer and not a_box"
"""Where the tests of a file are two kinds: those that need no box."""

_BOX = (
    Defence(
        "the box's /tmp lies where no box can write",
        "sandbox/backend.py",
        'return self.home.with_name(f"{self.home.name}.tmp")',
        'return self.home / ".tmp"',
        _in(
            WALLS,
            "a_link_planted_in_the_home_does_not_lead_the_next_box_astray",
            "a_box_cannot_replace_what_the_next_command_is_given_as_tmp",
        ),
        "planted or replace or shared or session",
    ),
    Defence(
        "what a check changes among packages goes to a directory of its own",
        "sandbox/boxes/bubblewrap.py",
        "inner_mounts.Inner(laid.upper, spec.tree",
        "inner_mounts.Inner(laid.lower, spec.tree",
        _in(PACKAGES, "whatever_a_check_does_to_packages_the_next_one_has_them_as_the_set_up_left_them"),
        "whatever_a_check_does and Bubblewrap",
    ),
    Defence(
        "the disk bound counts what is written among packages",
        "sandbox/boxes/box.py",
        "*(laid.upper for laid in spec.tree_layers)",
        "",
        _in(PACKAGES, "the_disk_bound_counts_what_is_written_among_packages"),
        "disk_bound and Bubblewrap",
    ),
    Defence(
        "places of mounts within are made without following links",
        "sandbox/boxes/inner_mounts.py",
        "flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC if is_file else PATH_ONLY",
        "flags = os.O_PATH | os.O_CLOEXEC",
        _in(WALLS, "the_place_of_a_tool_chain_that_lies_within_is_not_looked_up_again"),
        "looked_up_again",
    ),
    Defence(
        "bubblewrap makes no mounts within what a box writes",
        "sandbox/boxes/view.py",
        "if not is_own(mount.target):",
        "if True:",
        _in(WALLS, "the_place_of_a_tool_chain_that_lies_within_is_not_looked_up_again"),
        "looked_up_again",
    ),
    Defence(
        "no capability is left in a box",
        "sandbox/boxes/view.py",
        '"--cap-drop", "ALL", ',
        '"--cap-add", "ALL", ',
        _in(WALLS, "no_capability_is_left"),
        _PLAIN,
    ),
    Defence(
        "nothing of the environment goes in",
        "sandbox/boxes/view.py",
        ', "--clearenv"]',
        "]",
        _in(WALLS, "there_is_nothing_in_the_environment_to_print"),
        _PLAIN,
    ),
    Defence(
        "a box has processes of its own",
        "sandbox/boxes/view.py",
        '"--unshare-pid", ',
        "",
        _in(WALLS, "no_namespace_is_shared_with_the_host", "host_processes_are_not_seen"),
        "namespace or processes",
    ),
    Defence(
        "a box has messages and shared memory of its own",
        "sandbox/boxes/view.py",
        '"--unshare-ipc", ',
        "",
        _in(WALLS, "no_namespace_is_shared_with_the_host"),
        _PLAIN,
    ),
    Defence(
        "nothing starts in the network of the machine",
        "sandbox/processes/spawner.py",
        "if os.geteuid() == 0 and _network(self.pid)",
        "if False and _network(self.pid)",
        _in(POST, "a_zygote_in_the_network_of_the_machine_is_refused"),
        "zygote",
    ),
    Defence(
        "what root starts is not root",
        "sandbox/processes/zygote.py",
        "        os.setresuid(uid, uid, uid)\n",
        "",
        _in(POST, "the_zygote_is_not_root_and_nobody_may_trace_it"),
        "zygote",
    ),
    Defence(
        "user namespaces are not nested",
        "sandbox/boxes/view.py",
        'arguments.append("--disable-userns")',
        "pass",
        _in(WALLS, "user_namespaces_cannot_be_nested_where_no_filter_refuses_it_either"),
        _PLAIN,
    ),
    Defence(
        "a command has a session of its own",
        "sandbox/boxes/view.py",
        '"--new-session", ',
        "",
        _in(WALLS, "a_command_is_in_a_session_of_its_own"),
        _PLAIN,
    ),
    Defence(
        "system calls are filtered",
        "sandbox/boxes/box.py",
        ', "--seccomp", str(self.file(seccomp.program()))]',
        "]",
        _in(
            WALLS,
            "no_capability_is_left",
            "dangerous_calls_are_refused_before_the_kernel_looks_at_them",
            "calls_in_another_numbering_are_absent",
            "only_plain_socket_families_exist",
        ),
        "not layered and not looked_up and not replace and not ptrace",
    ),
    Defence(
        "no descriptor goes in",
        "sandbox/processes/zygote.py",
        "socket.MSG_CMSG_CLOEXEC",
        "0",
        _in(WALLS, "no_descriptor_of_the_host_is_inherited"),
        _PLAIN,
    ),
    Defence(
        "processes are counted where there are no control groups",
        "sandbox/limits/limits.py",
        "if sum(map(_threads, pids)) >= self._limits.processes:",
        "if False:",
        _in(LIMITS, "a_fork_bomb_hits_the_process_cap_and_the_run_ends"),
        "fork_bomb_hits and own and counted",
    ),
    Defence(
        "memory is counted where there are no control groups",
        "sandbox/limits/limits.py",
        "if sum(map(_resident, pids)) <= self._limits.memory_bytes:",
        "if True:",
        _in(LIMITS, "the_sum_of_many_processes_counts"),
        "(sum_of or share_count) and own and counted",
    ),
    Defence(
        "each process has bounds where there are no control groups",
        "sandbox/boxes/box.py",
        "*(() if self._host.groups else limits.rlimits(command.limits)),",
        "",
        _in(LIMITS, "where_nobody_counts_exactly_each_process_starts_with_bounds"),
        "counts_exactly or no_line",
    ),
    Defence(
        "a file has a bound",
        "sandbox/limits/limits.py",
        ' && ulimit -f "$1" && shift',
        " && shift",
        _in(LIMITS, "a_single_file_has_a_bound_of_its_own"),
        "(single_file or many_files or too_long) and own",
    ),
    Defence(
        "a disk bound is held",
        "sandbox/limits/disk.py",
        "if grown.reaches(self._limits):",
        "if False:",
        _in(LIMITS, "a_huge_file_that_is_made_in_one_moment_is_seen_too"),
        "(one_moment or output) and own and counted",
    ),
    Defence(
        "what a command prints has a bound",
        "sandbox/processes/process_tree.py",
        "elif self._output.total > self._limits.output_total_bytes:",
        "elif False:",
        _in(LIMITS, "endless_output_is_capped_and_ended"),
        "(endless or gigabyte) and own",
    ),
    Defence(
        "of what a command prints little is kept",
        "sandbox/processes/process_tree.py",
        "while self._tail_size - len(self._tail[0]) >= self._half:",
        "while False:",
        _in(LIMITS, "a_gigabyte_without_a_newline_leaves_the_hosts_memory_flat"),
        "(endless or gigabyte) and own",
    ),
    Defence(
        "a control group has limits",
        "sandbox/limits/cgroup_v2.py",
        '        (self._path / "memory.max").write_text(str(limits.memory_bytes))\n',
        "",
        _in("tests/sandbox/limits/test_cgroups.py", "a_version_2_slot_gets_its_limits_and_tells_what_happened"),
    ),
)

_NETWORK = (
    Defence(
        "the proxy knows exact names alone",
        "sandbox/network/allow_list.py",
        "if (name, port) not in allowed:",
        "if not any(name.endswith(one.name) and port == one.port for one in allowed):",
        _in(PROXY, "a_request_for_anything_but_an_allowed_host_is_denied"),
        _NO_BOX,
    ),
    Defence(
        "the proxy knows ports",
        "sandbox/network/allow_list.py",
        "if (name, port) not in allowed:",
        "if name not in {one.name for one in allowed}:",
        _in(
            PROXY,
            "a_request_for_anything_but_an_allowed_host_is_denied",
            "a_port_of_its_own_is_allowed_by_name_and_port_alone",
        ),
        _NO_BOX,
    ),
    Defence(
        "the proxy connects to what it judged",
        "sandbox/network/outbound.py",
        "for address, port in addresses:",
        "for address, port in await self.resolve(to.name, to.port):",
        _in(PROXY, "a_name_leads_to_where_it_was_judged_though_it_is_moved_in_the_same_moment"),
        _NO_BOX,
    ),
    Defence(
        "the proxy judges every address of a name",
        "sandbox/network/outbound.py",
        "not all(self.permits(",
        "not any(self.permits(",
        _in(PROXY, "one_bad_address_among_good_ones_denies_the_name"),
        _NO_BOX,
    ),
    Defence(
        "an address has to be public",
        "sandbox/network/outbound.py",
        "permits: Callable[[str], bool] = is_public",
        "permits: Callable[[str], bool] = bool",
        _in(PROXY, "an_allowed_name_that_leads_to_a_private_address_is_denied"),
        _NO_BOX,
    ),
    Defence(
        "a registry gives nothing above its own path",
        "sandbox/network/gateway.py",
        "        if climbs(match[2]) or not re",
        "        if not re",
        _in(REGISTRIES, "no_path_leads_out_of_a_registry"),
        "path",
    ),
    Defence(
        "a path is judged as often as it may be decoded",
        "sandbox/network/gateway.py",
        "    for _ in range(4):\n",
        "    for _ in range(1):\n        return '/../' in path\n",
        _in(REGISTRIES, "no_path_leads_out_of_a_registry"),
        "path_leads_out",
    ),
    Defence(
        "registries are only read",
        "sandbox/network/gateway.py",
        'if request.method not in (b"GET", b"HEAD"):',
        "if False:",
        _in(REGISTRIES, "registries_are_only_read"),
        "only_read",
    ),
    Defence(
        "a request that reads has no body",
        "sandbox/network/gateway.py",
        'if b"transfer-encoding" in names or names.get(b"content-length", b"0") != b"0" or b"upgrade" in names:',
        "if False:",
        _in(REGISTRIES, "nothing_is_smuggled_behind_a_request"),
        "smuggled",
    ),
    Defence(
        "credentials follow no redirect",
        "sandbox/network/gateway.py",
        "        return same and url.path.startswith(self.place.path) and not climbs(url.path)",
        "        return True",
        _in(
            REGISTRIES,
            "credentials_follow_no_redirect_to_another_host",
            "a_redirect_out_of_the_registry_s_path_gets_no_credentials",
        ),
        "redirect_out or follow_no",
    ),
    Defence(
        "a redirect is followed by TLS alone",
        "sandbox/network/gateway.py",
        'if not ours and url.scheme != "https":',
        "if False:",
        _in(
            REGISTRIES,
            "credentials_follow_no_redirect_to_another_host",
            "a_redirect_out_of_the_registry_s_path_gets_no_credentials",
        ),
        "redirect_out or follow_no",
    ),
    Defence(
        "redirects end",
        "sandbox/network/gateway.py",
        "for _ in range(_HOPS):",
        "for _ in range(100 * _HOPS):",
        _in(REGISTRIES, "redirects_in_a_circle_end"),
        "circle",
    ),
    Defence(
        "what a registry echoes is searched for secrets",
        "sandbox/network/gateway.py",
        "if len(secret) >= _SHORTEST_SECRET]",
        "if False]",
        _in(
            REGISTRIES,
            "a_registry_that_echoes_what_it_was_sent_gives_no_secret_away",
            "a_long_text_passes_as_it_comes_and_gives_no_secret_away",
        ),
        "secret_away",
    ),
    Defence(
        "a word is replaced where it comes in two pieces",
        "sandbox/network/rewriting.py",
        "kept = min(len(last), len(self.old) - 1)",
        "kept = 0",
        _in(REGISTRIES, "a_text_in_pieces_is_rewritten_as_the_whole"),
        "in_pieces",
    ),
    Defence(
        "what is cut off is cut off for the box",
        "sandbox/network/exchange.py",
        '        raise CutOff(f"{host} broke off in the middle of an answer")\n',
        "        return h11.EndOfMessage()\n",
        _in(REGISTRIES, "a_long_text_that_is_cut_off_is_cut_off_for_the_box"),
        "cut_off",
    ),
    Defence(
        "a redirect to no address is an answer",
        "sandbox/network/gateway.py",
        '    except ValueError:\n        raise Denied("502 Bad Gateway", f"{url.hostname} leads',
        '    except ValueError:\n        return url\n        raise Denied("502 Bad Gateway", f"{url.hostname} leads',
        _in(REGISTRIES, "a_redirect_to_what_is_no_address_is_answered"),
        "no_address",
    ),
    Defence(
        "names are looked up on threads of their own",
        "sandbox/network/lookups.py",
        "run_in_executor(_threads, ",
        "run_in_executor(None, ",
        _in(PROXY, "names_whose_servers_never_answer_hold_up_nothing_else_of_the_process"),
        "never_answer",
    ),
    Defence(
        "a box has a few look-ups under way",
        "sandbox/network/lookups.py",
        "            async with self._free:\n",
        "            if True:\n",
        _in(PROXY, "one_box_has_a_few_look_ups_under_way_though_it_gives_up_waiting"),
        "few_look_ups",
    ),
    Defence(
        "what nobody reads is dropped at the end",
        "sandbox/network/doorway.py",
        "        writer.transport.abort()\n",
        "        pass\n",
        _in(PROXY, "a_host_that_reads_nothing_keeps_no_connection_of_ours"),
        "keeps_no_connection",
    ),
    Defence(
        "whoever reads nothing is given up",
        "sandbox/network/allow_list.py",
        "await asyncio.wait_for(writer.drain(), self._outbound.idle_seconds)",
        "await writer.drain()",
        _in(PROXY, "a_host_that_reads_nothing_is_given_up_while_the_command_goes_on"),
        "given_up_while",
    ),
    Defence(
        "connections of a box wait outside",
        "sandbox/network/doorway.py",
        "            while len(self._inside) >= self._most:\n",
        "            while False:\n",
        _in(PROXY, "connections_beyond_the_bound_wait_outside"),
        "wait_outside",
    ),
    Defence(
        "connections of a box have a pace",
        "sandbox/network/doorway.py",
        "return max(-self._left / self._per_second, 0.0)",
        "return 0.0",
        _in(PROXY, "connections_come_no_faster_than_their_pace"),
        "their_pace",
    ),
    Defence(
        "a box chooses no headers for a registry",
        "sandbox/network/exchange.py",
        "for name, value in request.headers if name in _ASKED]",
        "for name, value in request.headers if name != b'host']",
        _in(REGISTRIES, "a_box_reads_a_registry_without_its_credentials"),
        "a_box_reads",
    ),
    Defence(
        "a named host is not this machine",
        "sandbox/network/outbound.py",
        'return ip.is_loopback if name == "localhost" else not is_of_the_machine(ip)',
        "return True",
        _in(
            REGISTRIES,
            "a_named_host_may_not_have_an_address_of_the_machine_or_its_cloud",
            "a_named_host_that_turns_to_the_machine_itself_is_refused",
        ),
        "named_host",
    ),
    Defence(
        "a private address is for the exact name",
        "sandbox/network/outbound.py",
        "        if to in self.private:\n",
        "        if to.name in {one.name for one in self.private}:\n",
        _in(REGISTRIES, "only_the_exact_name_and_port_is_allowed_a_private_address"),
        "exact_name",
    ),
    Defence(
        "the next hop resolves only what the operator named",
        "sandbox/network/outbound.py",
        "name = to.name if to in self.trusted or to in self.private else addresses[0][0]",
        "name = to.name",
        _in(REGISTRIES, "what_a_repository_named_goes_there_only_by_an_address_that_was_judged"),
        "repository_named",
    ),
    Defence(
        "metadata among public addresses is refused",
        "sandbox/network/outbound.py",
        "if ip is None or ip in METADATA:",
        "if ip is None:",
        _in(REGISTRIES, "a_redirect_to_an_address_that_is_not_public_is_refused_and_told"),
        "not_public_is_refused",
    ),
    Defence(
        "no home is shown for the wheels in it",
        "sandbox/host/configured/gathering.py",
        "        for one in (path, real):\n",
        "        for one in ():\n",
        _in(HOST, "no_directory_with_more_than_packages_is_shown", "a_link_to_the_home_is_not_shown_either"),
        "shown and not index",
    ),
    Defence(
        "a constraint with a password is not shown",
        "sandbox/host/configured/gathering.py",
        "if stat.S_ISREG(facts.st_mode) and _SECRET.search(",
        "if False and _SECRET.search(",
        _in(HOST, "a_constraints_file_with_a_password_in_it_is_not_shown"),
        "constraints",
    ),
    Defence(
        "of a file of certificates only these go in",
        "sandbox/host/configured/certificates.py",
        '"\\n".join([*kept, ""]).encode()',
        "found.text(place).encode()",
        _in(
            HOST,
            "no_password_of_the_machine_is_in_what_a_box_gets",
            "a_file_of_certificates_goes_in_without_the_key_beside_them",
        ),
        "what_a_box_gets or certificates",
    ),
    Defence(
        "an address goes in without its login",
        "sandbox/host/configured/gathering.py",
        'url._replace(netloc=url.netloc.rpartition("@")[2])',
        "url",
        _in(HOST, "no_password_of_the_machine_is_in_what_a_box_gets"),
        "what_a_box_gets",
    ),
    Defence(
        "a registry with a login is read through us",
        "sandbox/host/configured/gathering.py",
        '        if login is None and url.scheme == "https":\n',
        "        if True:\n",
        _in(HOST, "every_registry_of_the_machine_counts_inside"),
        "counts_inside",
    ),
    Defence(
        "a submodule comes from the same forge",
        "sandbox/git/submodules.py",
        'there.scheme == "https" and there.netloc == here.netloc and',
        'there.scheme == "https" and',
        _in(BESIDE, "only_addresses_of_the_same_forge_are_asked"),
        "forge",
    ),
    Defence(
        "a submodule's name is no way out",
        "sandbox/git/submodules.py",
        'if not _NAME.fullmatch(name) or ".." in name.split("/"):',
        "if False:",
        _in(BESIDE, "a_submodule_s_name_leads_out_of_no_directory"),
        "leads_out",
    ),
    Defence(
        "contents are what their pointer says",
        "workflows/workspace/beside.py",
        'hashlib.file_digest(file, "sha256").hexdigest() == oid',
        "bool(file)",
        _in(BESIDE, "contents_that_are_not_what_the_pointer_says_are_not_shown"),
        "pointer_says",
    ),
    Defence(
        "what a set-up made hides nothing of a change",
        "sandbox/trees/workspace.py",
        "        if again := _named_by(target, self._left_out):\n",
        "        if again := frozenset():\n",
        _in(BOXES, "a_path_that_the_change_itself_has_counts_though_a_set_up_made_it_too"),
        "set_up_made_it_too",
    ),
    Defence(
        "an address of IPv4 within a tunnel's is not public",
        "sandbox/network/special_addresses.py",
        "(ip not in UNICAST or _is_isatap(ip))",
        "ip not in UNICAST",
        _in(ADDRESSES, "special_addresses_are_refused_in_whatever_they_are_carried"),
    ),
    Defence(
        "special addresses are not public",
        "sandbox/network/outbound.py",
        " and not is_special(ip)",
        "",
        _in(
            ADDRESSES,
            "both_ends_of_a_special_network_are_refused",
            "special_addresses_are_refused_in_whatever_they_are_carried",
        ),
    ),
)

_DISK = (
    Defence(
        "the kernel passes through no link",
        "sandbox/files/resolve.py",
        "_RESOLVE = 0x02 | 0x04 | 0x08",
        "_RESOLVE = 0x02 | 0x08",
        _in(FILES, "a_symlink_is_refused_at_the_end_and_on_the_way"),
    ),
    Defence(
        "the kernel stays beneath",
        "sandbox/files/resolve.py",
        "_RESOLVE = 0x02 | 0x04 | 0x08",
        "_RESOLVE = 0x02 | 0x04",
        _in("tests/sandbox/files/test_resolve.py", "the_kernel_lets_no_path_climb"),
    ),
    Defence(
        "where we walk, we pass through no link",
        "sandbox/files/resolve.py",
        "step = open_at(at, part, PATH_ONLY, path)",
        "step = open_at(at, part, PATH_ONLY & ~os.O_NOFOLLOW, path)",
        _in(FILES, "a_symlink_is_refused_at_the_end_and_on_the_way"),
    ),
    Defence(
        "erasing follows no link that was listed as a directory",
        "sandbox/files/erase.py",
        "inner = os.open(name, PATH_ONLY, dir_fd=top)",
        "inner = os.open(name, PATH_ONLY & ~os.O_NOFOLLOW, dir_fd=top)",
        _in(ERASE, "a_directory_that_becomes_a_link_while_we_look_is_refused"),
    ),
    Defence(
        "erasing begins at no link",
        "sandbox/files/erase.py",
        "top = os.open(directory, PATH_ONLY)",
        "top = os.open(directory, PATH_ONLY & ~os.O_NOFOLLOW)",
        _in(ERASE, "a_link_in_place_of_the_directory_is_refused"),
    ),
    Defence(
        "a link is no file to write",
        "sandbox/files/beneath.py",
        "return os.stat(name, dir_fd=at, follow_symlinks=False)",
        "return os.stat(name, dir_fd=at)",
        _in(FILES, "a_symlink_is_refused_at_the_end_and_on_the_way"),
    ),
    Defence(
        "git's own directory is not the agent's",
        "sandbox/files/names.py",
        "        if is_git_name(part):\n",
        "        if False:\n",
        _in(FILES, "paths_that_leave_the_tree_or_are_gits_own_are_refused"),
    ),
    Defence(
        "a repository inside of a tree is refused",
        "sandbox/files/walk.py",
        "elif is_git_name(entry.name):",
        "elif False:",
        _in(
            TREES,
            "a_nested_repository_is_refused_and_runs_nothing",
            "a_git_file_that_points_to_another_directory_is_refused",
            "names_that_pass_for_git_elsewhere_are_refused",
        ),
    ),
    Defence(
        "a device in a tree is refused",
        "sandbox/files/walk.py",
        "if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):",
        "if False:",
        _in(TREES, "pipes_sockets_and_devices_are_refused_without_a_hang"),
    ),
    Defence(
        "a file that became a link is not read",
        "sandbox/files/walk.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        "os.O_RDONLY | os.O_NONBLOCK",
        _in(WALK, "neither_a_link_nor_a_pipe_is_read_in_place_of_a_file"),
    ),
    Defence(
        "a file that became a pipe is not read",
        "sandbox/files/walk.py",
        "if not stat.S_ISREG(facts.st_mode):",
        "if False:",
        _in(WALK, "neither_a_link_nor_a_pipe_is_read_in_place_of_a_file"),
    ),
    Defence(
        "git is given our directory, not the one in a tree",
        "sandbox/git/plumbing.py",
        'env["GIT_DIR"] = str(self.directory)',
        'there = self.directory.parent / "tree/.git"\n'
        '            env["GIT_DIR"] = str(there if there.exists() else self.directory)',
        _in(TREES, "a_git_directory_at_the_top_is_neither_run_nor_read_nor_kept"),
    ),
    Defence(
        "a repository's attributes are not obeyed",
        "sandbox/trees/workspace.py",
        '    (git / "info" / "attributes").write_text(_ATTRIBUTES)\n',
        "",
        _in(WORKSPACE, "attributes_of_the_repository_change_no_byte"),
    ),
    Defence(
        "a source's tree is not asked with its configuration",
        "sandbox/git/own_tree.py",
        "listed = Git(ours, trusting=True).run(*words,",
        "listed = own.run(*words,",
        _in(REPOSITORY, "no_program_that_a_source_s_configuration_names_is_run"),
    ),
    Defence(
        "what a source lacks is not fetched by its program",
        "sandbox/git/plumbing.py",
        "env |= NO_WAY_OUT",
        "pass",
        _in(REPOSITORY, "what_a_source_lacks_is_not_fetched_by_its_own_program"),
    ),
    Defence(
        "git sees nothing of our environment",
        "sandbox/git/plumbing.py",
        "env = {name: os.environ[name] for name in _KEPT if name in os.environ}",
        "env = dict(os.environ)",
        _in(REPOSITORY, "git_sees_nothing_of_our_environment_that_it_does_not_need"),
        "environment or hooks",
    ),
    Defence(
        "an address runs nothing",
        "sandbox/git/remote.py",
        'if url.startswith("-") or re.match(r"\\w+::", url):',
        "if False:",
        _in(REPOSITORY, "addresses_that_run_things_or_hold_passwords_are_refused"),
        "addresses or refused",
    ),
    Defence(
        "a branch moves only from where it was left",
        "sandbox/git/remote.py",
        "lease = f\"--force-with-lease={ref}:{expected or ''}\"",
        'lease = "--force"',
        _in(
            REPOSITORY,
            "a_branch_that_somebody_else_made_or_moved_is_left_alone",
            "a_branch_is_deleted_only_where_we_left_it",
        ),
        "branch or push",
    ),
    Defence(
        "a push drops no commits",
        "sandbox/git/repository.py",
        "if expected is not None and not self.contains(commit, expected):",
        "if False:",
        _in(REPOSITORY, "a_push_that_would_drop_commits_is_refused_though_the_lease_holds"),
        "branch or push",
    ),
    Defence(
        "a source's hooks do not run",
        "sandbox/git/shown.py",
        '_WHERE_THEY_ARE = ("logs",',
        '_WHERE_THEY_ARE = ("hooks", "logs",',
        _in(SHOWN, "neither_configurations_of_work_trees_nor_hooks_are_there"),
        "hooks_are_there",
    ),
    Defence(
        "a source is not opened as it is",
        "sandbox/git/remote.py",
        "with shown(url) as place:",
        "for place in (url,):",
        _in(SHOWN, "what_would_make_a_source_unusable_is_not_in_force"),
        "unusable",
    ),
    Defence(
        "of a source's configuration a table counts",
        "sandbox/git/shown.py",
        'ALLOWED.get(key, r"[^\\s\\S]")',
        'ALLOWED.get(key, r".*")',
        _in(
            SHOWN,
            "of_all_keys_that_git_knows_only_those_of_the_table_count",
            "what_would_make_a_source_unusable_is_not_in_force",
        ),
        "all_keys or unusable",
    ),
    Defence(
        "a value of a source's configuration has its form",
        "sandbox/git/shown.py",
        "if re.fullmatch(ALLOWED",
        "if key in ALLOWED or re.fullmatch(ALLOWED",
        _in(SHOWN, "a_value_of_another_form_does_not_count"),
        "another_form",
    ),
)

_ENVIRONMENTS = (
    Defence(
        "a home is emptied before a set-up",
        "sandbox/environment/set_up.py",
        "    empty(home)\n",
        "",
        _in(ENVIRONMENT, "what_lay_in_the_home_before_a_set_up_is_neither_kept_nor_left"),
        _NO_BOX,
    ),
    Defence(
        "an environment is taken only as it was written",
        "sandbox/environment/environment_entry.py",
        'found if found is not None and found["digest"] == digest(entry) else None',
        "found",
        _in(
            ENVIRONMENT,
            "an_environment_that_is_not_as_it_was_written_is_given_to_nobody",
            "an_entry_that_lost_a_part_is_replaced_or_used_and_in_any_case_no_error",
        ),
        _NO_BOX,
    ),
    Defence(
        "an environment in use is not removed",
        "sandbox/environment/cache.py",
        " or environment_entry.in_use(self._root / key)",
        "",
        _in(ENVIRONMENT, "an_environment_stays_while_a_workspace_has_it_below_its_home"),
        _NO_BOX,
    ),
    Defence(
        "only what is made of the base is for other runs",
        "workflows/workspace/sandboxes.py",
        'if untouched and mark == run.state["base_tree"] else []',
        "",
        _in(
            BOXES,
            "what_a_changed_tree_makes_is_for_its_own_checks_alone",
            "what_was_set_up_where_a_model_had_been_is_nothing_for_others",
        ),
    ),
    Defence(
        "new packages are not installed for checks",
        "workflows/workspace/sandboxes.py",
        "            if trusted != ready:\n                await asyncio.to_thread(workspace.restore, trusted)\n",
        "",
        _in(BOXES, "a_set_up_for_checks_sees_no_package_that_the_change_adds"),
    ),
    Defence(
        "new packages are known",
        "workflows/workspace/sandboxes.py",
        "if packages_added(c, workspace.objects.bytes_of)]",
        "if False]",
        (
            *_in(BOXES, "a_set_up_for_checks_sees_no_package_that_the_change_adds"),
            *_in(RULES, "a_new_package_is_named_and_not_installed_for_the_checks"),
        ),
        "package or set_up",
    ),
)

_VERDICTS = (
    Defence(
        "what is written while it runs and put back is known",
        "workflows/workspace/sandboxes.py",
        "changed | touched if path",
        "changed if path",
        _in(BOXES, "a_tracked_file_that_was_written_and_put_back_counts_as_written"),
    ),
    Defence(
        "what a change's own set-up lays down is compared with the base's",
        "workflows/issue_to_pr/checking.py",
        "await trees.laid_otherwise(base, head) if found.setup and not verification.failed else ()",
        "()",
        _in(SOLVE, "a_tool_that_the_set_up_of_the_change_lays_down_verifies_nothing"),
        "lays_down",
    ),
    Defence(
        "bytecode of a change's own set-up is not run",
        "workflows/workspace/sandboxes.py",
        'bytecode=mark == run.state["base_tree"],',
        "",
        _in(BOXES, "bytecode_of_a_changed_tree_s_set_up_is_in_no_box"),
    ),
    Defence(
        "only copies of the tree's own files may differ among packages",
        "workflows/checks/change/steering/laid.py",
        'return after.kind[0] == "f" and self._head_copies.has(path, self._digest(after))',
        "return True",
        _in(LAID, "tools_plug_ins_and_what_no_source_says_are_told"),
        "told",
    ),
    Defence(
        "a report is written once",
        "workflows/reports/pipe.py",
        "            self._parts.append(data)\n",
        "            self._parts[:] = [data]\n",
        _in(PIPE, "a_second_report_does_not_replace_the_first", "a_report_larger_than_a_pipe_comes_out_whole"),
    ),
    Defence(
        "a pipe is made where no link leads",
        "workflows/reports/pipe.py",
        "at = os.open(DIRECTORY, PATH_ONLY, dir_fd=top)",
        "at = os.open(DIRECTORY, os.O_PATH, dir_fd=top)",
        _in(PIPE, "what_lies_in_the_way_is_not_followed"),
    ),
    Defence(
        "a report names no entities",
        "workflows/reports/formats/junit.py",
        "        raise _Refused\n\n    def start",
        "        pass\n\n    def start",
        _in(JUNIT, "what_is_cut_short_has_a_doctype_or_is_something_else_is_no_report"),
    ),
    Defence(
        "a report that is none is never a pass",
        "workflows/checks/results/check_result.py",
        "    if ran.garbled:\n",
        "    if False:\n",
        _in(JUDGE, "a_report_that_is_none_is_never_a_pass"),
    ),
    Defence(
        "what contradicts a report is heard",
        "workflows/checks/results/check_result.py",
        "    if not ran.reported or counts is None:\n",
        "    if True:\n",
        _in(JUDGE, "a_report_that_something_contradicts_is_never_a_pass"),
    ),
    Defence(
        "a report is held against the tests that are collected without it",
        "workflows/checks/commands/comparing.py",
        "        if not doubt or await",
        "        if True or await",
        _in(REAL, "a_report_is_held_against_the_tests_that_a_run_of_its_own_collects"),
        "collects or differ_from_what_is_collected",
    ),
    Defence(
        "tests that are lost are named",
        "workflows/checks/results/check_result.py",
        "gone = lost(base, head) if verdict is Verdict.PASSED else ()",
        "gone: tuple[str, ...] = ()",
        (
            *_in(
                JUDGE,
                "tests_that_gave_a_result_on_the_base_and_none_on_the_head_are_lost",
                "two_tests_whose_names_look_alike_are_two",
                "a_test_that_is_skipped_beside_a_new_one_is_missed_where_tests_have_no_names",
            ),
            *_in(REAL, "tests_that_ran_before_and_do_not_now_are_named"),
        ),
        "test_check_result or ran_before",
    ),
    Defence(
        "a runner that counts nothing and stops half way is not believed",
        "workflows/checks/results/check_result.py",
        "        if _cut_short(base, head):\n",
        "        if False:\n",
        _in(JUDGE, "a_runner_that_counts_nothing_and_stops_half_way_gives_no_result"),
    ),
    Defence(
        "what may touch the failed part of a set-up is not verified",
        "workflows/checks/results/failed_parts.py",
        "        if not part or part in parts or",
        "        if",
        _in(
            FAILED_PARTS,
            "a_change_that_may_touch_the_part_is_not_verified",
            "a_file_of_no_known_ecosystem_touches_all",
        ),
    ),
    Defence(
        "the part whose set-up failed is told, and keeps a change from being proven",
        "workflows/checks/verify.py",
        "not_run=told_parts(failed) if failed and not touched else (),",
        "not_run=(),",
        _in(
            FAILED_PARTS,
            "what_could_be_verified_is_and_what_was_not_run_is_told",
            "it_is_never_proven_though_the_other_part_has_no_check",
        ),
    ),
    Defence(
        "a member that is left out of its workspace is told",
        "workflows/checks/change/steering/check_steering.py",
        "(gone := left_out(",
        "(gone := () and left_out(",
        _in(STEERING, "a_member_that_is_left_out_of_its_workspace_is_told"),
    ),
    Defence(
        "code that equals everything is told",
        "workflows/checks/change/steering/python_hands.py",
        "        yield from _alike(tree)\n",
        "        yield from ()\n",
        _in(STEERING, "what_ends_or_replaces_the_runner_or_skips_tests_is_told"),
    ),
    Defence(
        "an assertion that is never called counts as none",
        "workflows/checks/change/weakening/assertions.py",
        "        if node in self.dead:\n",
        "        if False:\n",
        _in(WEAKENED, "assertions_that_are_taken_out_are_seen"),
    ),
    Defence(
        "an assertion that a file has of its own and that is empty counts as none",
        "workflows/checks/change/weakening/own_assertions.py",
        "    for name in dict.fromkeys(_hollow(text)):\n",
        "    for name in ():\n",
        _in(WEAKENED, "assertions_that_are_taken_out_are_seen"),
    ),
    Defence(
        "a row that is taken out of what a test goes through is told",
        "workflows/checks/change/weakening/case_tables.py",
        "            fewer = bool(gone) and len(now.rows) < len(was.rows)\n",
        "            fewer = False\n",
        _in(CASES, "a_row_that_is_gone_is_told_and_one_more_is_not"),
    ),
    Defence(
        "a test that asks for less by what it uses is told from a changed demand of its own",
        "workflows/checks/proofs/four_ways.py",
        "            loosened=tuple(name for name in demands if self._by_what_it_uses(name, ran)),\n",
        "            loosened=(),\n",
        _in(FOUR_WAYS, "a_test_that_asks_for_less_by_what_it_uses_keeps_a_change_from_being_proven"),
        only="asks_for_less",
    ),
    Defence(
        "what new tests do to others hides nothing",
        "workflows/checks/change/mixed_trees.py",
        "        reaching=tuple(change.path for change in held if _reaches(change, read)),\n",
        "        reaching=(),\n",
        _in(FOUR_WAYS, "a_new_test_that_mends_the_code_for_the_others_does_not_hide_what_broke"),
        only="mends_the_code",
    ),
    Defence(
        "a report in the tree brings back no test whose text is gone",
        "workflows/checks/proofs/four_ways.py",
        "        if reports_in_tree(self.runs.candidate.command):",
        "        if False:",
        _in(RUNNERS, "a_report_in_the_tree_does_not_bring_back_a_test_that_is_gone"),
        only="report_in_the_tree",
    ),
    Defence(
        "a test that is replaced as its module is loaded is told",
        "workflows/checks/change/steering/python_hands.py",
        "        yield from _rewritten(tree)\n",
        "        yield from ()\n",
        _in(STEERING, "a_test_that_is_replaced_as_its_module_is_loaded_is_told"),
    ),
    Defence(
        "failures without names count",
        "workflows/checks/results/check_result.py",
        "    if (failed := _unnamed(head)) and (",
        "    if (failed := 0) and (",
        _in(JUDGE, "failures_that_are_counted_and_not_named_do_not_pass"),
    ),
    Defence(
        "a repetition that was not counted mends nothing",
        "workflows/checks/results/check_result.py",
        "        again = ()  # one",
        "        pass  # it",
        _in(JUDGE, "a_repetition_without_a_report_mends_nothing"),
    ),
    Defence(
        "success that nothing explains is not believed",
        "workflows/checks/results/check_result.py",
        " and head.run.exit_code == 0 and _nothing_mended(base, head):",
        " and False:",
        _in(JUDGE, "success_where_all_that_failed_before_still_does_is_not_believed"),
    ),
    Defence(
        "success before the first test is not believed",
        "workflows/checks/results/check_result.py",
        "    if (counted := _counted(base)) and ",
        "    if (counted := 0) and ",
        _in(JUDGE, "success_of_which_no_test_was_counted_is_not_believed"),
    ),
    Defence(
        "what steers the checks keeps a change from being verified",
        "workflows/text/pull_request/verdict.py",
        "    if verification.steering:\n",
        "    if False:\n",
        _in(STEERING, "a_change_that_steers_its_checks_is_not_verified_though_they_pass"),
    ),
    Defence(
        "files that say how checks run are known",
        "workflows/checks/change/steering/check_steering.py",
        "if check_files.says_how_checks_run(path):",
        "if False:",
        _in(STEERING, "files_that_say_how_checks_run_are_told", "other_files_that_say_how_checks_run_are_told"),
    ),
    Defence(
        "what a build file says of tests is known",
        "workflows/checks/change/steering/check_steering.py",
        "    return said_of_tests(path, text)\n",
        "    return None\n",
        _in(STEERING, "of_a_build_file_only_what_is_about_tests_is_told"),
        "build_file",
    ),
    Defence(
        "hands on runners of other languages are known",
        "workflows/checks/change/steering/check_steering.py",
        "    elif is_known(path):\n",
        "    elif False:\n",
        _in(STEERING, "a_test_that_is_skipped_or_lays_hands_on_its_runner_is_told_in_every_language"),
        "every_language",
    ),
    Defence(
        "a module in place of a tool's is known",
        "workflows/checks/change/steering/check_steering.py",
        "(module := _shadowed(change.path, paths))",
        '(module := "")',
        _in(STEERING, "a_module_that_is_found_in_place_of_a_tool_or_of_pythons_own_is_told"),
    ),
    Defence(
        "settings of checks in other files are known",
        "workflows/checks/change/steering/check_steering.py",
        "if _settings_in(change.path, _text(before)) != _settings_in(change.path, _text(after)):",
        "if False:",
        _in(
            STEERING,
            "of_a_file_with_many_purposes_only_the_settings_of_checks_count",
            "other_files_that_say_how_checks_run_are_told",
            "of_a_build_file_only_what_is_about_tests_is_told",
        ),
    ),
    Defence(
        "hands on the runner are known",
        "workflows/checks/change/steering/check_steering.py",
        "    yield from _hands(change.path, before, after)\n",
        "",
        _in(
            STEERING,
            "what_ends_or_replaces_the_runner_or_skips_tests_is_told",
            "what_comes_out_of_a_text_is_told_and_so_is_what_cannot_be_read",
            "a_test_that_is_skipped_or_lays_hands_on_its_runner_is_told_in_every_language",
        ),
    ),
    Defence(
        "what replaces functions of the library that runners call is known",
        "workflows/checks/change/steering/python_hands.py",
        "    yield from replaced(tree, is_test=is_test)\n",
        "",
        _in(STEERING, "what_ends_or_replaces_the_runner_or_skips_tests_is_told"),
    ),
    Defence(
        "code within a text is looked into",
        "workflows/checks/change/steering/python_hands.py",
        "for code in () if is_test or depth >= _DEEPEST else _code_within(tree):",
        "for code in ():",
        _in(STEERING, "what_ends_or_replaces_the_runner_or_skips_tests_is_told"),
    ),
    Defence(
        "an archive with modules of Python is known",
        "workflows/checks/change/steering/check_steering.py",
        "    if _holds_code(data):\n",
        "    if False:\n",
        _in(STEERING, "an_archive_from_which_python_loads_modules_is_told_whatever_its_name"),
    ),
    Defence(
        "code that is too large to be looked into is told",
        "workflows/checks/change/steering/check_steering.py",
        "    if len(data) > _MOST and (",
        "    if False and (",
        _in(STEERING, "code_that_is_too_large_to_be_looked_into_is_told"),
    ),
    Defence(
        "whoever gives himself the right to read a report is seen",
        "workflows/reports/pipe.py",
        'return b"" if touched else b"".join(self._parts)',
        'return b"".join(self._parts)',
        _in(PIPE, "nobody_in_the_box_takes_back_what_was_written"),
        "takes_back",
    ),
    Defence(
        "nobody in a box may read a report",
        "workflows/reports/pipe.py",
        "_WRITE_ONLY = 0o222",
        "_WRITE_ONLY = 0o666",
        _in(PIPE, "nobody_in_the_box_takes_back_what_was_written"),
        "takes_back",
    ),
    Defence(
        "half a body of a registry is no whole one",
        "sandbox/network/passing_on.py",
        "                break_off(self.writer)\n",
        "                pass\n",
        _in(FROZEN, "a_registry_that_dies_or_freezes_gives_no_whole_answer_and_is_told"),
        "registry",
    ),
    Defence(
        "an answer that breaks off is told",
        "sandbox/network/allow_list.py",
        '            self._refusals.add(Denied("", str(cut)))\n',
        "",
        _in(FROZEN, "a_registry_that_dies_or_freezes_gives_no_whole_answer_and_is_told"),
        "registry",
    ),
    Defence(
        "who does not answer in time is told",
        "sandbox/network/outbound.py",
        'raise Denied("504 Gateway Timeout", silent) from None',
        "raise",
        _in(FROZEN, "a_proxy_of_the_machine_that_dies_or_freezes_is_told"),
        "proxy",
    ),
    Defence(
        "a text that no database takes is spelled out",
        "workflows/engine/walker.py",
        "failure_policy.leads_to(_storable(result), run",
        "failure_policy.leads_to(result, run",
        _in("tests/workflows/engine/test_walker.py", "a_text_that_no_database_takes_does_not_leave_a_run_at_its_step"),
        "no_database",
    ),
    Defence(
        "two set-ups are compared within a bound",
        "workflows/checks/change/steering/laid.py",
        'if self._left >= 0 else f"not read: {one.place}"',
        'if self._left >= 0 else "not read"',
        _in(COPIES, "whatever_a_set_up_leaves_is_compared_and_looked_through_to_an_end"),
        "compared",
    ),
    Defence(
        "a directory that cannot be listed is not called the same",
        "workflows/checks/change/steering/laid.py",
        "            yield directory, None\n",
        "",
        _in(COPIES, "whatever_a_set_up_leaves_is_compared_and_looked_through_to_an_end"),
        "compared",
    ),
    Defence(
        "what cannot be listed in a tree is passed over",
        "sandbox/environment/manifests/fingerprint.py",
        "        with suppress(OSError), os.scandir(tree / directory) as entries:\n",
        "        with os.scandir(tree / directory) as entries:\n",
        _in(COPIES, "whatever_a_set_up_leaves_is_compared_and_looked_through_to_an_end"),
        "compared",
    ),
    Defence(
        "a run that writes over what it tests is not believed",
        "workflows/checks/results/check_result.py",
        "    if rewritten := sorted(set(head.changed) - set(base.changed)):\n",
        "    if rewritten := []:\n",
        _in(JUDGE, "a_run_that_writes_over_what_it_tests_is_not_believed"),
    ),
    Defence(
        "what a test compares with belongs to the test",
        "workflows/checks/change/mixed_trees.py",
        "any(is_test(path) or path in serves for path in _paths(change))",
        "any(is_test(path) for path in _paths(change))",
        _in(SERVING, "what_only_tests_speak_of_is_theirs"),
        "speak_of",
    ),
    Defence(
        "what tests compare with is no document",
        "workflows/checks/change/mixed_trees.py",
        "    return not serving(changes,",
        "    return True or serving(changes,",
        _in(SERVING, "what_tests_compare_with_is_no_document"),
        "speak_of or is_no_document",
    ),
    Defence(
        "a failing test that is brought round proves nothing",
        "workflows/checks/proofs/four_ways.py",
        "if proof.test not in unmet)",
        "if True)",
        _in(SERVING, "a_failing_test_that_is_brought_round_to_the_code_proves_nothing"),
        "brought_round",
    ),
    Defence(
        "a demand that a helper lowers is told",
        "workflows/checks/proofs/four_ways.py",
        " or bool(set(self.runs.mixed.edited) - self._known_files())",
        "",
        _in(SERVING, "a_demand_that_is_lowered_elsewhere_is_told_and_proves_nothing"),
        "lowered and root",
    ),
    Defence(
        "what is said in an environment of a run's own is nothing for other runs",
        "workflows/workspace/sandboxes.py",
        "if prepared.shelf == self.boxes.for_all and",
        "if",
        _in(BOXES, "what_was_set_up_where_a_model_had_been_is_nothing_for_others"),
        "nothing_for_others or has_a_name",
    ),
    Defence(
        "what is said of a changed tree is nothing for other runs",
        "workflows/workspace/sandboxes.py",
        "if alone else",
        "if True else",
        _in(BOXES, "without_a_set_up_the_base_finds_what_the_machine_has"),
        "its_runs_alone or without_a_set_up",
    ),
    Defence(
        "a failure on the base excuses no change of another run before it was seen twice",
        "workflows/checks/commands/shared_results.py",
        "if found is None or (found.alike and found.seen < SEEN):",
        "if found is None:",
        _in(
            SHARED,
            "what_failed_is_nothing_for_others_before_it_was_seen_twice_alike",
            "what_was_stopped_is_shared_alike_and_only_for_the_time_that_it_had",
            "what_failed_when_it_was_run_ahead_is_run_again_by_the_verification",
        ),
    ),
    Defence(
        "a part of a suite is never the whole",
        "workflows/verification.py",
        "return self.part is not None and not self.part.whole",
        "return False",
        _in(PARTS, "what_the_change_touches_is_run_first_and_then_the_rest_in_the_time_that_is_left"),
    ),
    Defence(
        "runners that are named in a text are known",
        "workflows/checks/change/steering/python_hands.py",
        "    yield from _by_name(tree, is_test)\n",
        "",
        _in(STEERING, "what_ends_or_replaces_the_runner_or_skips_tests_is_told"),
    ),
    Defence(
        "a package in place of a module is known",
        "workflows/checks/change/steering/check_steering.py",
        """    if name == "__init__.py" and f"{path.removesuffix('/__init__.py')}.py" in paths:\n""",
        "    if False:\n",
        _in(STEERING, "a_module_that_is_found_in_place_of_a_tool_or_of_pythons_own_is_told"),
    ),
    Defence(
        "what a called program calls is known",
        "workflows/checks/change/steering/called.py",
        "    while waiting and len(seen) < _MOST:\n",
        "    while False:\n",
        _in(CALLED, "what_a_called_program_calls_is_told"),
        "called_program",
    ),
    Defence(
        "what settings load is known",
        "workflows/checks/change/steering/called.py",
        """, *_loaded(f"{commands}\\n{tasks}\\n{settings}", by_name)]""",
        "]",
        _in(CALLED, "what_settings_load_is_told", "what_looks_at_a_package_does_not_load_it_for_the_tests"),
    ),
    Defence(
        "programs that the checks call are known",
        "workflows/checks/change/steering/check_steering.py",
        "        if called(path):\n",
        "        if False:\n",
        _in(STEERING, "a_program_that_the_checks_call_is_told"),
    ),
)

_MODELS = (
    Defence(
        "a call that the token limit cut is not run",
        "workflows/agent/loop.py",
        "    if talk.is_cut:\n",
        "    if False:\n",
        _in(
            LOOP,
            "a_call_that_the_token_limit_cut_is_not_run_and_those_before_it_are",
            "no_kind_of_call_that_was_cut_is_run",
            "a_call_that_was_cut_off_is_told_to_be_smaller",
        ),
        only="cut",
    ),
    Defence(
        "what a call did is recorded only when the reply that asked for it is on the disk",
        "workflows/agent/loop.py",
        "    await desk.transcript.settled()\n    recorded",
        "    recorded",
        _in(LOOP, "what_was_said_is_written_before_what_it_did_is_recorded_and_before_the_next_turn_but_one"),
        only="written",
    ),
    Defence(
        "our own prompt is no content",
        "workflows/agent/frame.py",
        "return f\" {' '.join(words)} \" in _ours()",
        "return False",
        _in(QUESTIONS, "our_own_words_are_no_requirement", "a_plan_does_not_repeat_our_orders"),
        only="our_o",
    ),
    Defence(
        "what one model has signed goes to no other",
        "workflows/model/wire.py",
        'own = kept.get("by") == model',
        "own = True",
        _in(FAMILIES, "what_one_model_wants_back_is_not_sent_to_another"),
        only="one_model",
    ),
    Defence(
        "what commands left behind is taken out",
        "workflows/policy/leftovers.py",
        "if _NEVER_MEANT.search(path) or is_leftover_by_name(path) or _NEW_SNAPSHOT.search(path):",
        "if False:",
        _in(
            LEFTOVERS,
            "what_tests_and_builds_leave_is_taken_out",
            "a_secret_file_is_left_out_also_where_a_command_wrote_it_by_name_but_not_where_the_agent_keeps_it",
            "the_journal_says_who_made_what",
        ),
    ),
    Defence(
        "what no fresh clone would have is not committed",
        "workflows/policy/change_rules.py",
        "        or _unclean(proposed.unclean)\n",
        "",
        _in(CLEAN, "what_a_clone_would_not_have_as_it_is_is_not_committed"),
    ),
)
_CHANGES = (
    Defence(
        "files that steer the repository are protected",
        "workflows/policy/change_rules.py",
        "        or _protected(proposed.changes, config.protected_paths_allowed)\n",
        "",
        _in(
            RULES,
            "files_that_steer_the_repository_are_not_changed_without_its_leave",
            "a_change_cannot_allow_itself",
            "a_path_that_is_allowed_while_the_run_stands_still_can_be_changed_when_it_is_retried",
            "moving_a_protected_file_away_is_a_change_of_it",
        ),
        "steer or itself or allowed or moving",
    ),
    Defence(
        "what is not known to be harmless is protected",
        "workflows/policy/protected.py",
        'if not parts[0].startswith("."):',
        "if True:",
        _in(
            RULES,
            "what_runs_by_itself_somewhere_is_protected",
            "a_protected_file_is_known_by_any_spelling_of_its_name",
            "files_that_steer_the_repository_are_not_changed_without_its_leave",
            "a_change_cannot_allow_itself",
            "a_path_that_is_allowed_while_the_run_stands_still_can_be_changed_when_it_is_retried",
            "moving_a_protected_file_away_is_a_change_of_it",
            "what_steers_is_known_by_any_of_its_names",
        ),
        "steer or itself or allowed or moving or spelling",
    ),
    Defence(
        "a protected name has other spellings",
        "workflows/policy/protected.py",
        'return part.casefold().replace("i\\u0307", "i").partition(":")[0].rstrip(" .")',
        "return part.casefold()",
        _in(RULES, "a_protected_file_is_known_by_any_spelling_of_its_name"),
        "spelling or any_of_its_names",
    ),
    Defence(
        "moving a protected file is a change of it",
        "workflows/policy/change_rules.py",
        "for path in (change.path, change.old_path) if path}",
        "for path in (change.path,) if path}",
        _in(RULES, "moving_a_protected_file_away_is_a_change_of_it"),
        "moving or too_many",
    ),
    Defence(
        "a repository within the tree is not pushed",
        "workflows/policy/change_rules.py",
        "if bare := bare_repositories(added):",
        "if bare := []:",
        _in(UNASKED, "a_repository_within_the_tree_is_not_pushed"),
        "within_the_tree",
    ),
    Defence(
        "a change has a bound",
        "workflows/policy/change_rules.py",
        "        _too_large(len(proposed.changes), proposed.size, bounds)\n        or _protected",
        "        _protected",
        _in(RULES, "a_change_of_too_many_files_or_bytes_is_not_pushed"),
        "moving or too_many",
    ),
    Defence(
        "a secret stops a push",
        "workflows/policy/change_rules.py",
        "_secret(secrets, config.secrets_allowed) or _unseen",
        "_unseen",
        _in(
            RULES,
            "a_secret_stops_the_push_and_is_named_without_its_value",
            "neither_a_binary_file_nor_the_repository_s_attributes_hide_a_secret",
            "only_a_person_lets_what_looks_like_a_secret_through_and_the_reviewer_is_told",
        ),
        "secret",
    ),
    Defence(
        "a secret is known in its disguises",
        "workflows/secrets/scan.py",
        "    for reading in readings(text):\n",
        "    for reading in ():\n",
        _in(SECRETS, "a_shape_is_known_in_its_disguises", "a_text_that_goes_on_over_lines_is_one"),
    ),
    Defence(
        "a secret that is put together over lines is one",
        "workflows/secrets/scan.py",
        'whole = f"{kept}\\n{text}" if kept else text',
        "whole = text",
        _in(SECRETS, "a_text_that_goes_on_over_lines_is_one"),
    ),
    Defence(
        "a file's name holds no secret",
        "workflows/policy/change_rules.py",
        "return [*names, *secrets_in(lines)]",
        "return secrets_in(lines)",
        _in("tests/workflows/secrets/test_kinds.py", "a_secret_in_the_name_of_a_file_stops_the_push"),
        "name_of_a_file",
    ),
    Defence(
        "a binary file hides no secret",
        "workflows/policy/change_rules.py",
        "chain(added_lines(proposed.diff), proposed.unseen)",
        "chain(added_lines(proposed.diff))",
        _in(
            RULES,
            "neither_a_binary_file_nor_the_repository_s_attributes_hide_a_secret",
            "what_was_not_searched_for_secrets_is_not_pushed_without_leave",
        ),
        "secret",
    ),
    Defence(
        "tokens are known by their shape",
        "workflows/secrets/scan.py",
        "    for secret in shaped(text):\n",
        "    for secret in shaped(''):\n",
        _in(
            SECRETS,
            "a_secret_is_found_with_its_place_and_kind_and_without_its_value",
            "a_secret_is_found_wherever_it_stands_in_a_long_line_and_what_is_not_looked_at_is_told",
            "the_gravest_of_a_line_is_told",
            "a_value_that_only_looks_random_counts_in_no_test_document_or_lock_file",
        ),
    ),
    Defence(
        "private keys are known",
        "workflows/secrets/scan.py",
        'if (begun and _KEY_BODY.search(begun[1] or "")) or (',
        "if False and (",
        _in(SECRETS, "a_private_key_is_its_second_line"),
    ),
)

_TEXTS = (
    Defence(
        "an open fence is closed",
        "workflows/text/escape.py",
        'return close_fence("\\n".join(lines)).strip("\\n").rstrip()',
        'return "\\n".join(lines).strip("\\n").rstrip()',
        _in(MARKDOWN, "a_fence_left_open_is_closed", "whatever_is_written_what_follows_stands_on_its_own"),
    ),
    Defence(
        "no issue is closed",
        "workflows/text/escape.py",
        "    text = _CLOSING.sub(lambda match: match[0][0] + _BREAK + match[0][1:], text)\n",
        "",
        _in(MARKDOWN, "no_issue_is_closed", "whatever_is_written_a_renderer_finds_nothing_that_acts"),
    ),
    Defence(
        "nobody is mentioned",
        "workflows/text/escape.py",
        '    text = _MENTION.sub("@" + _BREAK, text)\n',
        "",
        _in(
            MARKDOWN,
            "nobody_is_notified",
            "one_line_cannot_open_a_block",
            "whatever_is_written_a_renderer_finds_nothing_that_acts",
        ),
    ),
    Defence(
        "no image is loaded",
        "workflows/text/escape.py",
        'return text.replace("![", "!" + _BREAK + "[")',
        "return text",
        _in(MARKDOWN, "images_html_and_comments_stay_text", "whatever_is_written_a_renderer_finds_nothing_that_acts"),
    ),
    Defence(
        "a file of accounts is known by its form",
        "workflows/secrets/scan.py",
        "    for kind, _ in in_accounts(text, place.path):\n",
        "    for kind, _ in ():\n",
        _in(ACCOUNTS, "a_login_in_a_file_of_accounts_stops_the_push_and_is_a_doubt_in_tests"),
    ),
    Defence(
        "hashes of passwords are told",
        "workflows/secrets/scan.py",
        "for _ in () if place.tests else hashes(text):",
        "for _ in ():",
        _in(
            ACCOUNTS,
            "a_login_in_a_file_of_accounts_stops_the_push_and_is_a_doubt_in_tests",
            "a_hash_of_a_password_elsewhere_is_for_a_person_to_look_at",
        ),
    ),
    Defence(
        "a model's marks are taken out",
        "workflows/text/model_words.py",
        'less = _MARKS.sub("", without_comments(shown))',
        "less = without_comments(shown)",
        _in(WORDS, "marks_are_taken_out", "marks_are_known_in_their_disguises", "no_formula_draws_a_mark"),
    ),
    Defence(
        "a model's formulas stay text",
        "workflows/text/model_words.py",
        '_FORMULA.sub(_within, _BLANK.sub(" ", visible(text)))',
        '_BLANK.sub(" ", visible(text))',
        _in(WORDS, "no_formula_draws_a_mark"),
        "formula",
    ),
    Defence(
        "no fence of others is a picture or a suggestion",
        "workflows/text/escape.py",
        '_unsaid(_DRAWN.sub(r"\\1text", line))',
        "_unsaid(line)",
        _in(WORDS, "no_fence_is_shown_as_a_picture_or_a_suggestion"),
        "no_fence",
    ),
    Defence(
        "a model's tables stay text",
        "workflows/text/model_words.py",
        "    row = _RULE.sub(lambda found: _BREAK + found[0], row)\n",
        "",
        _in(WORDS, "neither_heading_nor_table_nor_box_comes_of_them", "nothing_comes_alive_again_by_what_is_taken_out"),
    ),
    Defence(
        "nothing is defined for the rest of a page",
        "workflows/text/escape.py",
        "    text = _DEFINED.sub(lambda match: match[0] + _BREAK, text)\n",
        "",
        _in(MARKDOWN, "nothing_is_defined_for_the_rest_of_the_page"),
        "defined",
    ),
    Defence(
        "a model adds no trailer",
        "workflows/text/pull_request/body.py",
        "map(unsigned, _wrapped(part))",
        "_wrapped(part)",
        _in(PULL, "the_model_adds_no_trailer_and_no_order_to_release"),
        "trailer",
    ),
    Defence(
        "a title tells no results of checks",
        "workflows/text/pull_request/body.py",
        'return phrase(without_claims(" ".join(text.split()))[0], most)',
        "return phrase(text, most)",
        _in(PULL, "neither_title_nor_notes_nor_the_issue_tell_results_of_checks"),
        "title",
    ),
    Defence(
        "comments of an issue are not kept",
        "workflows/text/sanitise.py",
        "shown, hidden = _outside_comments(line[code:], hidden, more=at < last_end, raw=at in raw)",
        "shown, hidden = line[code:], False",
        _in(
            SANITISE,
            "what_the_page_does_not_show_is_not_kept_and_what_it_shows_is",
            "a_title_is_one_bounded_line",
            "backticks_do_not_make_code_of_what_the_page_hides",
            "every_text_of_an_issue_is_made_safe_and_its_number_stays",
        ),
    ),
    Defence(
        "titles of definitions are not kept",
        "workflows/text/sanitise.py",
        "yield _without_title(shown)",
        "yield shown",
        _in(SANITISE, "what_the_page_does_not_show_is_not_kept_and_what_it_shows_is"),
    ),
    Defence(
        "characters that draw nothing are not kept",
        "workflows/text/sanitise.py",
        'text = _SELECTORS.sub("", _FILLERS.sub("", text))',
        "pass",
        _in(SANITISE, "what_the_page_does_not_show_is_not_kept_and_what_it_shows_is"),
    ),
    Defence(
        "secrets are known in base64",
        "workflows/secrets/redaction.py",
        "    forms |= set(_in_base64(raw))\n",
        "",
        _in(
            REDACTION,
            "a_secret_is_found_in_each_of_its_forms",
            "a_secret_is_found_wherever_it_begins_in_an_encoded_text",
        ),
    ),
    Defence(
        "tokens that nobody told us of are known",
        "workflows/secrets/redaction.py",
        "return _without_shapes(text)",
        "return text",
        _in(REDACTION, "a_long_token_goes_by_its_value_and_by_its_shape"),
    ),
    Defence(
        "no request carries a secret",
        "bot/github/api/resource.py",
        "return self._redact(json)",
        "return json",
        _in(OUTGOING, "no_request_carries_a_secret_in_any_form"),
    ),
)

_FORGE = (
    Defence(
        "only what GitHub signed is a delivery",
        "bot/webhook/intake/inbox.py",
        "if not hmac.compare_digest(expected, given):",
        "if False:",
        _in(
            WEB,
            "what_is_not_signed_is_never_a_delivery",
            "the_signature_is_checked_before_anything_else_is_looked_at",
            "what_is_no_delivery_is_refused_and_not_kept",
            "who_may_what_is_asked_anew_after_events_about_it_that_are_githubs",
        ),
    ),
    Defence(
        "only what is on the disk is acknowledged",
        "bot/webhook/intake/inbox.py",
        "done.set_exception(failed)",
        "done.set_result(None)",
        _in(
            INBOX,
            "while_the_database_is_gone_nothing_is_acknowledged",
            "while_the_disk_is_full_nothing_is_acknowledged",
        ),
    ),
    Defence(
        "an answer waits for the disk",
        "bot/webhook/intake/inbox.py",
        "                await done\n",
        "                pass\n",
        _in(
            INBOX,
            "while_the_database_is_locked_nothing_is_acknowledged",
            "while_the_database_is_gone_nothing_is_acknowledged",
            "while_the_disk_is_full_nothing_is_acknowledged",
        ),
    ),
    Defence(
        "a full disk puts a delivery off",
        "bot/webhook/deliveries.py",
        "if (lack := no_room(error)) is not None and",
        "if (lack := None) is not None and",
        _in(DISPATCH, "while_this_machine_lacks_room_a_delivery_waits"),
    ),
    Defence(
        "a database that cannot be used puts a delivery off",
        "bot/webhook/deliveries.py",
        "isinstance(error, StoreError | NoRoom) and fresh:",
        "isinstance(error, NoRoom) and fresh:",
        _in(DISPATCH, "while_the_database_cannot_be_used_a_delivery_waits_for_whoever_mends_that"),
    ),
    Defence(
        "a command takes its role",
        "bot/commands/table.py",
        "if role < (needed := command.role_for(call)):",
        "if role < (needed := command.role_for(call)) and False:",
        (
            *_in(COMMANDS, "an_outsider_gets_one_short_answer_ever", "who_may_triage_may_ask_but_not_start"),
            *_in(
                STEERED,
                "whoever_may_not_write_steers_nothing",
                "a_dry_run_of_a_rollback_only_tells",
                "a_hard_rollback_takes_all_of_it_back_and_takes_a_maintainer",
            ),
        ),
        "may_not_write or hard_rollback or dry_run or outsider or triage or soft",
    ),
    Defence(
        "an action takes its role, whatever it is asked through",
        "workflows/runs/permission.py",
        "if principal.role_in(repository) < needed:",
        "if False:",
        _in(
            ACTIONS,
            "an_action_takes_its_role_and_is_done_once_whatever_it_is_asked_through",
            "what_a_rollback_would_do_is_told_to_who_may_roll_back",
            "where_a_start_is_carried_out_github_is_asked_for_the_role_that_nobody_had",
        ),
    ),
    Defence(
        "a role counts in its own repository",
        "workflows/runs/principal.py",
        "return self.role if repository == self.repository else Role.NONE",
        "return self.role",
        (
            *_in(ACCESS, "a_role_counts_in_its_own_repository_and_the_operators_everywhere"),
            *_in(ACTIONS, "an_action_takes_its_role_and_is_done_once_whatever_it_is_asked_through"),
        ),
    ),
    Defence(
        "taking all of it back takes a maintainer",
        "workflows/runs/permission.py",
        "Action.ROLLBACK_HARD: Role.MAINTAIN,",
        "Action.ROLLBACK_HARD: Role.WRITE,",
        _in(
            STEERED, "a_hard_rollback_takes_all_of_it_back_and_takes_a_maintainer", "a_dry_run_of_a_rollback_only_tells"
        ),
        "may_not_write or hard_rollback or dry_run or soft",
    ),
    Defence(
        "a role that is not known may nothing",
        "workflows/runs/principal.py",
        "return Role.NONE",
        "return Role.WRITE",
        _in(ACCESS, "a_role_that_is_not_known_may_nothing"),
    ),
    Defence(
        "who may not write starts nothing",
        "bot/webhook/routing.py",
        "await facts.role(login) < row.role:",
        "await facts.role(login) < 0:",
        _in(
            ROUTING,
            "who_may_not_write_starts_nothing",
            "words_that_ask_for_nothing_answer_the_question_of_a_run_where_it_asks_one",
            "a_configuration_that_is_wrong_is_told_to_who_may_start_and_its_label_counts",
        ),
    ),
    Defence(
        "a plan that nobody has read is not approved",
        "workflows/runs/approval.py",
        "if is_older(seen.at, question, await store.read(waits.follows_another, question)):",
        "if False:",
        _in(STEERED, "a_plan_that_is_newer_than_the_comment_is_not_approved_by_it"),
        "newer or edited or approved or answered",
    ),
    Defence(
        "an edited issue voids the plan",
        "workflows/runs/approval.py",
        "if seen.digest != issue.digest:",
        "if False:",
        _in(STEERED, "an_edited_issue_voids_the_plan_for_it"),
        "newer or edited or approved or answered",
    ),
    Defence(
        "who may not write answers nothing",
        "bot/webhook/triggers.py",
        "Commented, comments.answered)",
        "Commented, comments.answered, role=None)",
        _in(
            ROUTING,
            "words_that_ask_for_nothing_answer_the_question_of_a_run_where_it_asks_one",
            "the_documentation_has_the_same_table",
        ),
    ),
    Defence(
        "what we do ourselves starts nothing",
        "bot/webhook/routing.py",
        "if own_check or ours in (event.sender.login.lower(), _author(event).login.lower()):",
        "if False:",
        _in(
            ROUTING,
            "a_workflow_on_a_tag_is_one_row",
            "what_does_not",
            "a_check_of_our_own_starts_nothing",
        ),
    ),
    Defence(
        "who asked for a run may be kept from approving it",
        "workflows/runs/approval.py",
        "if asked_by(run).is_same(who):",
        "if False:",
        (
            *_in(REFUSALS, "whoever_asked_for_a_run_may_be_kept_from_approving_it_but_not_from_rejecting_it"),
            *_in(
                ACTIONS,
                "whoever_asked_for_a_run_does_not_approve_it_by_a_key_of_theirs",
                "a_repositorys_rules_about_approval_are_not_about_the_operator",
            ),
            *_in(
                FOUR_EYES,
                "a_person_is_the_same_through_each_face_and_under_another_login",
                "what_whoever_runs_the_server_asked_for_a_person_approves",
                "a_key_is_the_same_whoever_it_is_made_out_to",
                "of_a_run_of_before_it_counts_whom_its_commits_name",
            ),
        ),
    ),
    Defence(
        "a key that names nobody approves nothing where other eyes are wanted",
        "workflows/runs/approval.py",
        "if principal.machine:",
        "if False:",
        _in(FOUR_EYES, "a_key_that_names_nobody_and_a_link_approve_nothing"),
    ),
    Defence(
        "who took over a login has nothing of whoever had it",
        "bot/github/resources/people.py",
        "if not account or _account(found) == account:",
        "if True:",
        _in(
            PEOPLE,
            "who_has_another_login_by_now_is_asked_for_by_that",
            "who_took_over_a_login_has_nothing_of_whoever_had_it",
            "an_account_that_is_gone_may_nothing",
        ),
    ),
    Defence(
        "an admin is the account that first signed in so",
        "bot/access/people/identity.py",
        "return account in first.values() or",
        "return True or account in first.values() or",
        _in(SIGN_IN, "who_takes_the_login_of_an_admin_does_not_run_the_server"),
    ),
    Defence(
        "an admin is the account that the settings name",
        "bot/access/people/identity.py",
        "unnumbered = [name for name, number in self.admins.items() if not number]",
        "unnumbered = list(self.admins)",
        _in(SIGN_IN, "the_settings_may_name_the_account_of_an_admin"),
    ),
    Defence(
        "a plan is approved by the role that the repository names",
        "workflows/runs/approval.py",
        "if principal.role_in(run.repository) < needed:",
        "if False:",
        _in(REFUSALS, "a_plan_may_take_more_than_write_permission"),
    ),
    Defence(
        "a comment does not raise a budget beyond the server's",
        "workflows/runs/raising.py",
        "if self.most is not None and usd > self.most:",
        "if False:",
        _in(STEERED, "a_budget_that_cannot_be_is_refused"),
        "budget",
    ),
    Defence(
        "a token is for one repository",
        "bot/github/api/auth.py",
        'wanted["repositories"] = [repository.partition("/")[2]]',
        "pass",
        _in(TOKENS, "a_token_of_one_repository_opens_no_other_and_one_that_reads_writes_nothing"),
    ),
    Defence(
        "a token that reads writes nothing",
        "bot/github/api/auth.py",
        '"read": READ,',
        '"read": WRITE,',
        _in(TOKENS, "a_token_of_one_repository_opens_no_other_and_one_that_reads_writes_nothing"),
    ),
    Defence(
        "a credential is for its own server",
        "bot/github/repository.py",
        'f"http.{web}/.extraHeader"',
        '"http.extraHeader"',
        _in(TOKENS, "credentials_are_sent_by_git_to_their_own_server_alone"),
    ),
    Defence(
        "what guides is made safe",
        "workflows/policy/instructions.py",
        'text = sanitise(repository.read_blob(files[path].blob).decode("utf-8", "replace"), most)',
        'text = repository.read_blob(files[path].blob).decode("utf-8", "replace")[:most]',
        _in(ORDERS, "only_the_default_branch_guides_not_the_base_nor_the_tree_that_is_worked_on"),
    ),
    Defence(
        "only the default branch guides",
        "workflows/steps/source.py",
        "says = commit if branch == default else",
        "says = commit if True else",
        _in(
            ORDERS,
            "only_the_default_branch_guides_not_the_base_nor_the_tree_that_is_worked_on",
            "only_the_default_branch_configures_not_the_base_nor_the_tree_that_is_worked_on",
        ),
    ),
    Defence(
        "only the default branch configures",
        "workflows/steps/change.py",
        'guide = ctx.state.get("guide") or {"commit": ctx.state["base_commit"]}',
        'guide = {"commit": ctx.state["base_commit"]}',
        _in(ORDERS, "only_the_default_branch_configures_not_the_base_nor_the_tree_that_is_worked_on"),
    ),
    Defence(
        "a repository does not choose any model",
        "bot/choices.py",
        'if name not in settings.models or "://" in name:',
        "if False:",
        _in(CHOICES, "a_repository_cannot_choose_where_requests_and_keys_go"),
    ),
    Defence(
        "a listed model gets no key of ours",
        "bot/settings.py",
        "return model in self.models and model != self.model",
        "return False",
        _in(
            CHOICES,
            "a_repository_may_choose_what_is_listed_and_it_gets_neither_our_key_nor_our_address",
            "a_price_by_hand_counts_for_the_fallback_and_for_what_repositories_choose_where_none_is_known",
            "a_listed_model_needs_its_provider_s_own_key",
        ),
    ),
    Defence(
        "a repository does not raise what a run may spend",
        "bot/choices.py",
        "return min((bound for bound in (ours, theirs) if bound is not None), default=None)",
        "return ours if theirs is None else theirs",
        _in(CHOICES, "a_repository_lowers_what_a_run_may_spend_and_what_was_asked_for_wins"),
    ),
)

_OF_OTHERS = (
    Defence(
        "what only searches a change's text is no proof by running",
        "workflows/review_pr/proof/trying.py",
        "if _is_alike(after, await over(without, head)):",
        "if False:",
        _in(SCRIPTS, "a_script_is_run_over_both_sides_as_they_are_and_once_more_where_it_shows_something"),
    ),
    Defence(
        "what fails once by chance is no proof of a review's finding",
        "workflows/review_pr/proof/trying.py",
        "if not again.shows:",
        "if False:",
        _in(SCRIPTS, "a_script_is_run_over_both_sides_as_they_are_and_once_more_where_it_shows_something"),
    ),
    Defence(
        "a script that breaks the code itself proves nothing",
        "workflows/checks/proofs/by_command.py",
        "if ran.changed else",
        "if False else",
        _in(
            SCRIPTS,
            "only_a_failure_of_the_code_that_is_not_there_before_shows_something",
            "a_script_is_run_over_both_sides_as_they_are_and_once_more_where_it_shows_something",
        ),
    ),
    Defence(
        "what fails on the base in other words is no proof of a review's finding",
        "workflows/review_pr/proof/trying.py",
        "if base.run.exit_code == 1 else",
        "if False else",
        _in(
            SCRIPTS,
            "only_a_failure_of_the_code_that_is_not_there_before_shows_something",
            "a_script_is_run_over_both_sides_as_they_are_and_once_more_where_it_shows_something",
        ),
    ),
    Defence(
        "a fork's code is run where the repository says so",
        "workflows/review_pr/source.py",
        'return "it comes from a fork" if foreign and rules.checks != "all" else ""',
        'return ""',
        _in(PROVEN, "nothing_is_run_unasked_and_of_forks_only_where_that_is_said"),
    ),
    Defence(
        "a fork's fix is tried where the repository says so",
        "bot/webhook/conditions/pulls.py",
        'if fixes == "off" or (fork and fixes != "all"):',
        'if fixes == "off":',
        _in(REVIEWED, "what_mends_nothing_known_or_may_not_be_run_is_not_tried"),
    ),
    Defence(
        "a test that was left out passes nothing",
        "workflows/triage/reproduction/trying.py",
        "set(found.tests) <= one.passed",
        "True",
        _in(TRYING, "what_a_kept_test_does_elsewhere", "what_a_script_does_elsewhere"),
    ),
    Defence(
        "a test that edits the code reproduces nothing",
        "workflows/triage/reproduction/trying.py",
        "    if ran.changed:",
        "    if False:",
        _in(TRYING, "a_test_that_edits_the_code_reproduces_nothing"),
    ),
    Defence(
        "what sounds alike whatever the code says is the test's own only where the code was not asked",
        "workflows/triage/reproduction/hollow/telling.py",
        "WAYS if says_little else WAYS[:2]",
        "WAYS[:2]",
        _in(HOLLOW, "where_a_failure_says_little_the_code_must_not_have_been_asked_at_all"),
        "where",
    ),
    Defence(
        "what a test in Go says of any number is its own only where no function was called",
        "workflows/triage/reproduction/hollow/functions.py",
        'given if way != "raise" and',
        "given if True and",
        _in(HOLLOW_ELSEWHERE, "a_failure_of_the_test_itself_is_told_from_one_of_the_code"),
        "Go",
    ),
    Defence(
        "a suggestion is applied as it was made",
        "workflows/review_pr/reply/applying.py",
        'if _shown(str(ctx.state[THREAD.key]["begins"])) != record["suggestion"]:',
        "if False:",
        _in(APPLYING, "what_does_not_fit_or_may_not_be_is_told_and_nothing_is_pushed"),
    ),
    Defence(
        "a suggestion is bound by the rules for changes",
        "workflows/review_pr/reply/applying.py",
        "    if ruling.refused is not None:",
        "    if False:",
        _in(APPLYING, "a_file_that_steers_the_repository_is_left_to_people"),
    ),
    Defence(
        "an answer of which no tokens are told is not for nothing",
        "workflows/model/adapter.py",
        "return took.prompt or prompt_size(asked.messages, asked.tools), took.completion or prompt_size([message], ())",
        "return took.prompt, took.completion",
        _in(
            "tests/workflows/model/test_adapter.py",
            "an_answer_counts_whatever_is_said_of_what_it_took_and_is_not_for_nothing",
        ),
        only="whatever_is_said",
    ),
    Defence(
        "a commit is held against the rules for its branch before its push",
        "workflows/issue_to_pr/branch/pushing.py",
        "if not ctx.dry and (told := await held(",
        "if False and (told := await held(",
        _in(PUSH_RULES, "a_commit_that_breaks_a_rule_is_not_pushed_and_the_stand_in_would_refuse_it"),
        only="breaks_a_rule or fit_the_rule",
    ),
    Defence(
        "of a log the end is kept",
        "bot/github/api/download.py",
        "(kept + chunk)[-MOST_KEPT:]",
        "(kept + chunk)",
        _in(LOGS, "of_a_long_one_the_end_is_kept_and_of_an_endless_one_nothing"),
    ),
)

_FACES = (
    Defence(
        "another site has nobody do anything on the pages",
        "bot/access/same_site.py",
        'return site in ("same-origin", "none")',
        "return True",
        _in(PAGES, "another_site_has_nobody_do_anything"),
        "another_site",
    ),
    Defence(
        "a run is there for whom GitHub shows it",
        "bot/access/people/visitors.py",
        "if found is None or not await self.may_read(found.repository):",
        "if found is None:",
        _in(
            EVERY,
            "another_user_sees_and_does_nothing_of_a_run_that_github_does_not_show_them",
            "a_key_for_one_repository_is_good_for_no_other",
            "who_lost_their_right_sees_nothing_more",
        ),
    ),
    Defence(
        "a key of one repository opens no other",
        "bot/access/people/visitors.py",
        'if visitor.key is not None and visitor.key.repository not in ("", repository.name):',
        "if False:",
        _in(EVERY, "a_key_for_one_repository_is_good_for_no_other"),
    ),
    Defence(
        "a key does what it is for",
        "bot/access/gate.py",
        "if not visitor.has(scope):",
        "if False:",
        _in(EVERY, "each_key_does_only_what_it_is_for"),
    ),
    Defence(
        "a page of runs begins behind one that may be seen",
        "workflows/store/web/run_search.py",
        "mine = sa.true() if which.repositories is None else run.repository.in_(which.repositories)",
        "mine = sa.true()",
        _in(API, "lists_hold_what_may_be_seen_and_go_page_by_page"),
        "lists",
    ),
    Defence(
        "a repository that may not be seen is as one that is not there",
        "bot/asking/starts.py",
        "if visit.visitor.operator:",
        "if True:",
        _in(STARTS, "nobody_is_told_whether_a_repository_is_there_that_they_may_not_see"),
    ),
    Defence(
        "an idempotency key stands for one request",
        "bot/api/once.py",
        "if kept.request != digest:",
        "if False:",
        _in(API, "what_is_sent_twice_with_a_key_is_done_once"),
        "twice",
    ),
    Defence(
        "a stream holds what may be seen",
        "bot/asking/streams.py",
        "mine = [event for event in page.events if seen[event.repository]]",
        "mine = list(page.events)",
        _in(
            STREAMS,
            "events_come_as_they_happen_and_only_of_what_may_be_seen",
            "who_lost_their_right_hears_nothing_more_and_an_ended_key_ends_the_stream",
            "who_is_taken_from_a_repository_hears_of_the_others_only_in_the_stream_that_is_open",
        ),
    ),
    Defence(
        "who comes back from GitHub is who went there",
        "bot/signin/signing_in.py",
        "if not state or not hmac.compare_digest(state.encode(), given.encode()):",
        "if not state:",
        _in(SIGN_IN, "a_way_back_with_another_state_signs_nobody_in_and_leaves_the_code"),
        "way_back or code",
    ),
    Defence(
        "a one-time link is for the machine itself",
        "bot/signin/signing_in.py",
        "if not is_local(request):",
        "if False:",
        _in(SIGN_IN, "a_link_is_for_this_machine_and_is_not_used_up_elsewhere"),
        "link",
    ),
    Defence(
        "what came through a proxy is not of this machine",
        "bot/access/loopback.py",
        "return not passed_on and",
        "return",
        _in(
            SIGN_IN,
            "a_link_is_for_this_machine_and_is_not_used_up_elsewhere",
            "a_proxy_that_adds_nothing_but_speaks_old_http_is_known",
            "a_link_works_in_browsers_that_drop_secure_cookies_here",
        ),
        "link or proxy",
    ),
    Defence(
        "no private address is told of runs",
        "bot/hooks/sending.py",
        "return found[0] if found and all(is_public(one[0]) or may(one[0]) for one in found) else None",
        "return found[0] if found else None",
        _in(HOOKS, "no_private_address_is_told_anything"),
        "private_address",
    ),
    Defence(
        "a button is for whom it was shown to",
        "bot/telegram/said/pressing.py",
        "if button.account not in (0, press.account):",
        "if False:",
        _in(PRESSES, "a_token_is_good_in_its_own_chat_and_for_its_own_person"),
        "token",
    ),
    Defence(
        "a button is about the run as it was shown",
        "bot/telegram/said/pressing.py",
        "if button.segment != run.segment:",
        "if False:",
        _in(PRESSES, "a_press_about_what_has_moved_on_is_told_so_and_does_nothing"),
        "press",
    ),
    Defence(
        "a group is shown no more than a link to a private repository",
        "bot/telegram/shown/channel.py",
        "if not place.private and await self.privacy.is_private(known(run)):",
        "if False:",
        _in(
            CHANNEL,
            "a_group_is_told_no_more_than_a_link_of_a_private_repository",
            "a_repository_that_cannot_be_asked_about_is_private",
        ),
        "private",
    ),
    Defence(
        "a code of a chat links one login",
        "workflows/store/telegram/people.py",
        'telegram_codes.c.login.in_(("", login)),',
        "",
        _in(LINKED, "a_code_is_good_once_and_for_one_login"),
    ),
    Defence(
        "who calls as Telegram knows the secret",
        "bot/server/telegram_hook.py",
        "if not hmac.compare_digest(given.encode(), self.secret.encode()):",
        "if False:",
        _in(CALLED_BY_TELEGRAM, "who_has_not_the_secret_is_not_telegram"),
    ),
)

DEFENCES = (
    *_BOX,
    *_NETWORK,
    *_DISK,
    *_ENVIRONMENTS,
    *_VERDICTS,
    *_MODELS,
    *_CHANGES,
    *_TEXTS,
    *_FORGE,
    *_OF_OTHERS,
    *_FACES,
)
