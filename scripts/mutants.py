#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are the tests able to see a missing order, barrier, mark or wait?

Each mutant weakens one step of a concurrent algorithm in a scratch copy of the
tree; some test must then fail: by a check, by a report of the thread sanitizer
(build "tsan", clang), or by not ending.  Mutants that no tool here can see
(store-store order on x86-64, for one) are not in the table; the models in
test/model stand behind those.

    scripts/mutants.py [--list | --check] [--only NAME...] [--sample N --seed S] [--dir D]

Prints one line per mutant; status 1 when one survives.  --check only sees that
each one's text still stands once in its file (TAP).
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECONDS = 180  # a test that takes longer does not end
SKIPPED = ("build", ".git", "subprojects")


def relaxed_exchange(place, value):
    return f"atomic_exchange_explicit({place}, {value}, memory_order_relaxed)"


def relaxed_cas(arguments):
    return (
        f"atomic_compare_exchange_strong_explicit({arguments}, "
        "memory_order_relaxed, memory_order_relaxed)"
    )


# name, file, text, replacement, build, tests of which one must fail
MUTANTS = [
    (
        "lock-acquire",
        "lib/host/host_priv.h",
        "iolas__exchange_acquire(&lock->is_held, 1)",
        relaxed_exchange("&lock->is_held", "1"),
        "tsan",
        ["test_host_lock", "test_slab_threads"],
    ),
    (
        "lock-release",
        "lib/host/host_priv.h",
        "iolas__store_release(&lock->is_held, 0)",
        "iolas__store_relaxed(&lock->is_held, 0)",
        "tsan",
        ["test_host_lock", "test_slab_threads"],
    ),
    (
        "cpu-number-release",
        "lib/host/host_cpu_libc.c",
        "iolas__fetch_and_release(&taken",
        "iolas__fetch_and_relaxed(&taken",
        "tsan",
        ["test_host_cpu_libc"],
    ),
    (
        "slab-free-unlocked",
        "lib/slab/slab.c",
        "\tiolas__lock_acquire(slab->host, &slab->lock);\n"
        "\tmemcpy(object, &slab->free_list, sizeof(slab->free_list));\n"
        "\tiolas__asan_poison(object, slab->object_bytes);\n"
        "\tslab->free_list = object;\n"
        "\tslab->object_count--;\n"
        "\tslab->idle_count++;\n"
        "\tiolas__lock_release(&slab->lock);\n",
        "\tmemcpy(object, &slab->free_list, sizeof(slab->free_list));\n"
        "\tslab->free_list = object;\n"
        "\tslab->object_count--;\n"
        "\tslab->idle_count++;\n",
        "tsan",
        ["test_slab_threads"],
    ),
    (
        "epoch-reader-end",
        "lib/epoch/epoch_priv.h",
        "iolas__store_release(&reader->since, 0)",
        "iolas__store_relaxed(&reader->since, 0)",
        "tsan",
        ["test_epoch_stress"],
    ),
    (
        "epoch-leave",
        "lib/epoch/epoch.c",
        "iolas__store_release(&section->slot->since, 0)",
        "iolas__store_relaxed(&section->slot->since, 0)",
        "tsan",
        ["test_epoch_stress"],
    ),
    (
        "epoch-scan-readers",
        "lib/epoch/epoch.c",
        "older(oldest, iolas__load_acquire(&r->since))",
        "older(oldest, iolas__load_relaxed(&r->since))",
        "tsan",
        ["test_epoch_stress"],
    ),
    (
        "epoch-scan-slots",
        "lib/epoch/epoch.c",
        "iolas__load_acquire(&epoch->slot[i].since)",
        "iolas__load_relaxed(&epoch->slot[i].since)",
        "tsan",
        ["test_epoch_stress"],
    ),
    (
        "epoch-scan-lanes",
        "lib/epoch/epoch.c",
        "iolas__load_acquire(&epoch->lane[i].since)",
        "iolas__load_relaxed(&epoch->lane[i].since)",
        "tsan",
        ["test_epoch_stress"],
    ),
    (
        "epoch-retire",
        "lib/epoch/epoch.c",
        "iolas__cas_release_relaxed(&epoch->retired, &seen, node)",
        relaxed_cas("&epoch->retired, &seen, node"),
        "tsan",
        ["test_epoch_stress"],
    ),
    (
        "epoch-take-retired",
        "lib/epoch/epoch.c",
        "iolas__exchange_acquire(&epoch->retired, NULL);\n"
        "\tstruct iolas__epoch_node *tail;",
        relaxed_exchange("&epoch->retired", "NULL")
        + ";\n\tstruct iolas__epoch_node *tail;",
        "tsan",
        ["test_epoch_stress"],
    ),
    (
        "epoch-number",
        "lib/epoch/epoch.c",
        "iolas__store_release(&epoch->now, stamp + 1)",
        "iolas__store_relaxed(&epoch->now, stamp)",
        "plain",
        ["test_epoch", "test_epoch_stress"],
    ),
    (
        "epoch-no-barrier",
        "lib/epoch/epoch.c",
        "\tbarrier(epoch);\n\treturn stamp;",
        "\t(void)barrier;\n\treturn stamp;",
        "plain",
        ["test_epoch", "test_epoch_stress"],
    ),
    (
        "epoch-nested-lane",
        "lib/epoch/epoch.c",
        "if (iolas__load_relaxed(&lane->since) != 0)",
        "if (false)",
        "plain",
        ["test_epoch", "test_epoch_stress"],
    ),
    (
        "epoch-crowd-keeps-oldest",
        "lib/epoch/epoch.c",
        "joined = seen ? seen + 1 :",
        "joined = seen ? (now << CROWD_LG2 | (seen + 1 & CROWD_MASK)) :",
        "plain",
        ["test_epoch", "test_epoch_stress"],
    ),
    (
        "table-link-release",
        "lib/pgtable/pt_step.h",
        "\tif (iolas__cas_release_relaxed(\n"
        "\t\t    slot, &seen, fmt->make_table(fresh->pa, pt->table_bits))) {",
        "\tif ("
        + relaxed_cas("slot, &seen, fmt->make_table(fresh->pa, pt->table_bits)")
        + ") {",
        "tsan",
        ["test_pgtable_stress"],
    ),
    (
        "table-walk-acquire",
        "lib/pgtable/pt_step.h",
        "pte = iolas__load_acquire(&items[pt_index(iova, level)]);",
        "pte = iolas__load_relaxed(&items[pt_index(iova, level)]);",
        "tsan",
        ["test_pgtable_stress"],
    ),
    (
        "table-stack-release",
        "lib/pgtable/pt_table.c",
        "iolas__cas_release_relaxed(stack, &seen, first)",
        relaxed_cas("stack, &seen, first"),
        "tsan",
        ["test_pgtable_stress"],
    ),
    (
        "cut-without-generation",
        "lib/pgtable/pt_gather.c",
        "iolas__fetch_add_release(&pt->generation, 1);",
        "(void)pt;",
        "plain",
        ["test_pgtable_input", "test_pgtable_memory"],
    ),
    (
        "cut-without-marks",
        "lib/pgtable/pt_unmap.h",
        "return iolas__fetch_or_acq_rel(slot, fmt->dead);",
        "return iolas__load_acquire(slot);",
        "plain",
        ["test_pgtable_midway", "test_pgtable_stopped", "test_pgtable_stress"],
    ),
    (
        "cut-leaf-is-split",
        "lib/pgtable/pt_unmap.h",
        "\t\tif (pt_is_dead(fmt, spot->pte))\n\t\t\treturn PT_AGAIN;",
        "",
        "plain",
        ["test_pgtable_midway"],
    ),
    (
        "late-child-does-not-wait",
        "lib/pgtable/pt_table.c",
        "if (weight < table->weight) {",
        "if (weight < table->weight || true) {",
        "plain",
        ["test_pgtable_midway"],
    ),
    (
        "cut-without-grace",
        "lib/pgtable/pt_gather.c",
        "iolas__epoch_retire(&pt->epoch, &first->node, pt_table_passed,\n"
        "\t\t\t\t    pt);",
        "pt_table_passed(pt, &first->node);",
        "plain",
        ["test_pgtable_memory", "test_pgtable_stress"],
    ),
    (
        "map-outside-section",
        "lib/pgtable/pgtable.c",
        "\t\tiolas__epoch_enter(&pt->epoch, &section);\n\t\tstatus = pt_is_near",
        "\t\tiolas__epoch_enter(&pt->epoch, &section);\n"
        "\t\tiolas__epoch_leave(&pt->epoch, &section);\n"
        "\t\tsection = (struct iolas__section){\n"
        "\t\t\t&(struct iolas__epoch_slot){ 0 }, UINT32_MAX };\n"
        "\t\tstatus = pt_is_near",
        "plain",
        ["test_pgtable_midway"],
    ),
    (
        "queue-without-invalidation",
        "lib/domain/domain_defer.c",
        "\tiolas__domain_invalidate(domain, &hull);\n",
        "",
        "plain",
        ["test_domain_policy", "test_domain_shared"],
    ),
    (
        "queue-takes-newcomers",
        "lib/domain/domain_defer.c",
        "chain = take_off(domain, last_number);",
        "chain = take_off(domain, UINT64_MAX);",
        "plain",
        ["test_domain_shared"],
    ),
    (
        "queue-map-does-not-settle",
        "lib/domain/domain_defer.c",
        "\tif (any_owned_overlaps(domain, span))\n",
        "\tif (any_owned_overlaps(domain, span) && !domain)\n",
        "plain",
        ["test_domain_policy", "test_domain_shared"],
    ),
    (
        "claim-unlocked",
        "lib/domain/domain_claim.c",
        "\tif (other) {\n\t\t*is_ending = other->is_ending;",
        "\tother = NULL;\n\tif (other) {\n\t\t*is_ending = other->is_ending;",
        "plain",
        ["test_domain_policy", "test_domain_threads"],
    ),
    (
        "failed-map-is-not-forgotten",
        "lib/domain/domain_map.c",
        "\t\tiolas__domain_invalidate(domain, &gather);\n\t}",
        "\t}",
        "plain",
        ["test_domain_shared"],
    ),
    (
        "failed-unmap-is-not-forgotten",
        "lib/domain/domain_unmap.c",
        "\tif (status)\n\t\tiolas__domain_forget(domain, &gather);\n\telse\n",
        "\tif (!status)\n",
        "plain",
        ["test_domain_shared"],
    ),
    (
        "pin-does-not-wait",
        "lib/domain/domain_pin.c",
        "\t(void)iolas__epoch_synchronize(&domain->unmaps, NULL);\n",
        "",
        "plain",
        ["test_iommu_waits"],
    ),
    (
        "invalidation-without-note",
        "lib/iommu/iommu_context.c",
        "\tnote(attachment, span);\n",
        "\t(void)span;\n\t(void)note;\n",
        "plain",
        ["test_iommu_invalidate"],
    ),
    (
        "invalidation-does-not-wait",
        "lib/iommu/iommu_context.c",
        "\tnote(attachment, span);\n"
        "\twait_for_sections(attachment->context);\n",
        "\tnote(attachment, span);\n",
        "plain",
        ["test_iommu_waits"],
    ),
    (
        "replace-does-not-wait",
        "lib/iommu/iommu_context.c",
        "\twait_for_sections(context);\n\tfree_attachment(from);",
        "\tfree_attachment(from);",
        "plain",
        ["test_iommu_waits"],
    ),
    (
        "queue-ignores-the-attachment",
        "lib/iommu/iommu_queue.c",
        "if (a->serial != queue->seen_serial)",
        "if (false)",
        "plain",
        ["test_iommu_unit", "test_iommu_invalidate"],
    ),
    (
        "iotlb-generation-stays",
        "lib/iommu/iommu_iotlb.c",
        "tlb->generation++;",
        "(void)tlb;",
        "plain",
        ["test_iommu_invalidate", "test_iommu_unit", "test_iommu_translate"],
    ),
    (
        "iotlb-generation-wraps",
        "lib/iommu/iommu_iotlb.c",
        "\tmemset(tlb->entry, 0, tlb->entry_count * sizeof(tlb->entry[0]));\n",
        "",
        "plain",
        ["test_iommu_iotlb"],
    ),
]

OPTIONS = {
    "plain": ([], {}),
    "tsan": (
        ["-Db_sanitize=thread", "-Db_lundef=false"],
        {"CC": "clang-14" if shutil.which("clang-14") else "clang"},
    ),
}


def copy_tree(to):
    def skip(folder, names):
        top = os.path.samefile(folder, ROOT)
        return [
            n
            for n in names
            if (top and n.startswith(SKIPPED)) or n == "__pycache__"
        ]

    shutil.copytree(ROOT, to, ignore=skip, dirs_exist_ok=True)


def set_up(tree, build):
    options, environment = OPTIONS[build]
    subprocess.run(
        ["meson", "setup", build, "-Ddxgk=false", *options],
        cwd=tree,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def compile_tests(tree, build, tests):
    targets = [f"test/{t}" for t in tests]
    if "test_pgtable_stopped" in tests:
        targets.remove("test/test_pgtable_stopped")
        targets.append("test/pgtable/test_pgtable_stopped")
    done = subprocess.run(
        ["ninja", "-C", build, *targets],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"mutants: does not build:\n{done.stdout[-2000:]}")
    return [os.path.join(tree, build, t) for t in targets]


def fails(program):
    try:
        done = subprocess.run(
            [program],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1"},
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "does not end"
    return f"status {done.returncode}" if done.returncode else None


def first_failure(tree, build, tests):
    for program in compile_tests(tree, build, tests):
        how = fails(program)
        if how:
            return f"{os.path.basename(program)}: {how}"
    return None


def try_mutant(tree, mutant):
    _, name, text, replacement, build, tests = mutant
    path = os.path.join(tree, name)
    with open(path, encoding="utf-8") as f:
        original = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(original.replace(text, replacement))
    try:
        return first_failure(tree, build, tests)
    finally:
        with open(path, "w", encoding="utf-8") as f:
            f.write(original)


def lost_texts(chosen):
    """Mutants whose text does not stand exactly once in its file."""
    lost = []
    for name, file, text, *_ in chosen:
        with open(os.path.join(ROOT, file), encoding="utf-8") as f:
            count = f.read().count(text)
        if count != 1:
            lost.append(f"{name}: {file} has its text {count} times")
    return lost


def check(chosen):
    """The same, as TAP: one case per mutant."""
    tap = Tap()
    lost = lost_texts(chosen)
    for mutant in chosen:
        name = f"{mutant[0]} finds its place"
        tap.case(name, [x for x in lost if x.startswith(mutant[0] + ":")])
    return tap.done()


def choose(arguments):
    chosen = MUTANTS
    if arguments.only:
        chosen = [m for m in MUTANTS if m[0] in arguments.only]
        if len(chosen) != len(set(arguments.only)):
            sys.exit("mutants: no such name; see --list")
    if arguments.sample:
        rng = random.Random(arguments.seed)
        chosen = rng.sample(chosen, min(arguments.sample, len(chosen)))
    return chosen


def check_unchanged(tree, chosen):
    """What fails without a mutant can kill none."""
    for build in sorted({m[4] for m in chosen}):
        set_up(tree, build)
        tests = sorted({t for m in chosen if m[4] == build for t in m[5]})
        how = first_failure(tree, build, tests)
        if how:
            sys.exit(f"mutants: fails unchanged ({build}): {how}")


def run(tree, chosen):
    survivors = 0
    copy_tree(tree)
    check_unchanged(tree, chosen)
    for mutant in chosen:
        killer = try_mutant(tree, mutant)
        survivors += killer is None
        verdict = f"killed    {killer}" if killer else "SURVIVED"
        print(f"{mutant[0]:32} {mutant[4]:6} {verdict}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} killed")
    return 1 if survivors else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", help="scratch folder, kept")
    arguments = parser.parse_args()
    chosen = choose(arguments)
    if arguments.check:
        return check(chosen)
    if arguments.list:
        for mutant in chosen:
            print(f"{mutant[0]:32} {mutant[4]:6} {mutant[1]}")
        return 0
    if lost_texts(chosen):
        sys.exit("mutants: " + "\n".join(lost_texts(chosen)))
    if arguments.dir:
        return run(os.path.abspath(arguments.dir), chosen)
    with tempfile.TemporaryDirectory(prefix="iolas-mutants-") as tree:
        return run(tree, chosen)


if __name__ == "__main__":
    sys.exit(main())
