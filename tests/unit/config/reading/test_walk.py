"""Which files belong to a site."""

from pathlib import Path

from config.reading.walk import site_files


def _put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def test_a_site_is_its_files_and_neither_what_is_hidden_nor_a_memory_in_it(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    _put(site, "rules/own.yaml", "plant.yaml", ".git/config", ".plant.yaml.swp")
    _put(site, "plantgate-state/old.yaml", "memory/journal.db", "memory/copy.yaml")
    _put(elsewhere, "foreign.yaml")
    (site / "shared").symlink_to(elsewhere, target_is_directory=True)
    (site / "people.yaml").symlink_to(elsewhere / "foreign.yaml")
    found = [path.relative_to(site).as_posix() for path in site_files(site)]
    assert found == ["people.yaml", "plant.yaml", "shared", "rules/own.yaml"]
