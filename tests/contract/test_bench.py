"""The benches go on working as the library grows; what they measure is printed by ``make bench``."""

from tests.bench.rules import Site, fleet, packs


def test_every_pack_takes_part_in_the_bench_of_rules() -> None:
    site = Site(packs(), fleet(packs(), 1))
    assert {watch.rule.id for watch in site.rulebook.watches} == {rule.id for rule in packs()}
    site.start()
    assert site.live(2) > 0
