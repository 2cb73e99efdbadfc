"""What makes a site's commands unsafe: such equipment is watched as ever and takes no commands until it is mended."""

from config.safety.judge import judge
from config.safety.site import CheckedSite

__all__ = ["CheckedSite", "judge"]
