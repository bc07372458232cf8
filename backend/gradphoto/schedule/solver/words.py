"""Which rules collide, said so that a registrar can act on it: figures first, then a way out."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from gradphoto.schedule.solver.grid import Grid
from gradphoto.schedule.solver.search import Piece
from gradphoto.schedule.solver.values import ClassLoad, Collision, Window

SHOWN = 5


def named(names: Sequence[str]) -> str:
    more = f"等 {len(names)} 个" if len(names) > SHOWN else ""
    return "、".join(names[:SHOWN]) + more


def span(starts_at: datetime, ends_at: datetime) -> str:
    return f"{starts_at:%m-%d %H:%M}–{ends_at:%H:%M}"


def window(one: Window) -> str:
    return f"{one.venue} {span(one.starts_at, one.ends_at)}"


def nothing(what: str) -> Collision:
    if what == "windows":
        return Collision("no_windows", "没有可用时间段。", "请至少给出一个拍摄点的可用时间。")
    return Collision("no_classes", "名册里没有班级。", "请先导入学生名单。")


def too_little_time(grid: Grid, needed: int, there: int, rounded: bool) -> Collision:
    rules = grid.problem.rules
    heads = sum(one.heads for one in grid.problem.classes)
    missing = needed - there
    cameras = sum(window.cameras for window in grid.problem.windows) / len(grid.windows)
    whole = sum(length * grid.cameras(w) for w, length in enumerate(grid.whole)) * rules.grain_minutes
    spare = f"（共 {whole} 分钟，每段留出 {rules.spare_share:.0%} 的余量）" if rules.spare_share else ""
    rounding = f"、各学院的场次取 {rules.grain_minutes} 分钟整" if rounded else ""
    sentence = (
        f"时间不够：{heads} 人按每人 {rules.seconds_each:g} 秒{rounding}，需要 {needed} 分钟机位时间；"
        f"可用时间段里只有 {there} 分钟{spare}，差 {missing} 分钟（约 {missing * 60 / rules.seconds_each:.0f} 人）。"
    )
    way_out = f"请再加至少 {missing / cameras:.0f} 分钟的可用时间，或增加机位；学院各自凑整，还要多留一些。"
    if rules.spare_share and whole >= needed:
        way_out += "不留余量也许排得下，但相机一慢就会拖后。"
    return Collision("time_too_short", sentence, way_out, windows=tuple(grid.windows))


def class_too_long(grid: Grid, c: int) -> Collision:
    one = grid.problem.classes[c]
    minutes = one.heads * grid.problem.rules.seconds_each / 60
    longest = max(grid.usual, default=0) * grid.problem.rules.grain_minutes
    sentence = f"“{one.name}”有 {one.heads} 人，约需 {minutes:.0f} 分钟机位时间，最长的可用时间段只有 {longest} 分钟。"
    return Collision("class_too_long", sentence, "请把这个班分开，或给一段更长的时间。", (one.college,), (one.id,))


def class_never_free(grid: Grid, c: int) -> Collision:
    one = grid.problem.classes[c]
    sentence = (
        f"“{one.name}”（{one.heads} 人）在 {len(grid.windows)} 个可用时间段里都没有空：不能拍的时间把它全部占了。"
    )
    way_out = "请去掉它的一段不能拍的时间，或加一个它有空的时间段。"
    return Collision("class_never_free", sentence, way_out, (one.college,), (one.id,), tuple(grid.windows))


def college_shut_out(grid: Grid, college: str) -> Collision:
    rule = next(rule for rule in grid.problem.rules.between if rule.college == college)
    from_, to = (f"{at:%m-%d %H:%M}" if at else "不限" for at in (rule.earliest, rule.latest))
    sentence = f"{college}只能在 {from_} 至 {to} 之间拍，可用时间段里没有这样的时间。"
    return Collision("college_shut_out", sentence, "请放宽这个学院的时间范围。", (college,), (), tuple(grid.windows))


def college_never_together(grid: Grid, college: str) -> Collision:
    """No window is long enough and free for all of its classes."""
    members = grid.members[college]
    heads = grid.heads(members)
    long_enough = [
        w for w in grid.windows if grid.bounds[college, w][1] - grid.bounds[college, w][0] >= grid.grains(heads, w)
    ]
    busy = {w: [c for c in members if not grid.gaps[c][w]] for w in long_enough}
    easiest = min(long_enough, key=lambda w: len(busy[w]))
    kept_away = [grid.problem.classes[c] for c in busy[easiest]]
    sentence = (
        f"{college}（{len(members)} 个班 {heads} 人）要连着一次拍完，够长的时间段有 {len(long_enough)} 个，"
        f"每个都有班级因不能拍的时间来不了。"
    )
    way_out = (
        f"最容易的是 {window(grid.problem.windows[easiest])}：只有{named([one.name for one in kept_away])}来不了，"
        f"请调开；或允许这个学院分开拍。"
    )
    ids = tuple(one.id for one in kept_away)
    return Collision("college_never_together", sentence, way_out, (college,), ids, tuple(long_enough))


def not_solved_in_time(seconds: float) -> Collision:
    sentence = f"{seconds:.0f} 秒内没有找到排法，也没有证明排不下：这不等于排不下。"
    return Collision("not_solved_in_time", sentence, "请给更多的计算时间，或先放宽一条规则再试。")


# --- what would have to give way -------------------------------------------------------------------------------------


def stretch(grid: Grid, pieces: Sequence[Piece]) -> Collision:
    rules, over = grid.problem.rules, {}
    for w in grid.windows:
        ends = [one.start + grid.grains(grid.heads(one.classes), w) for one in pieces if one.window == w]
        if (missing := max(ends, default=0) - grid.usual[w]) > 0:
            over[w] = missing * rules.grain_minutes
    sentence = f"按现在的规则，可用时间少 {sum(over.values())} 分钟（涉及 {len(over)} 个时间段）。"
    each = [f"{window(grid.problem.windows[w])} 多给 {minutes} 分钟" for w, minutes in over.items()]
    way_out = f"办法：{named(each)}，就排得下。"
    return Collision("time_too_short", sentence, way_out, windows=tuple(over))


def split(grid: Grid, pieces: Sequence[Piece]) -> Collision:
    counts = Counter(piece.college for piece in pieces)
    apart = [
        college
        for college, count in counts.items()
        if count > (1 if grid.fits_whole(college) else grid.fewest_windows(college) + 1)
    ]
    how = "；".join(f"{college}分 {counts[college]} 场" for college in apart[:SHOWN])
    sentence = "“学院连着一次拍完”与其他规则不能同时满足。"
    return Collision("together", sentence, f"办法：允许分开拍（{how}），就排得下。", tuple(apart))


def broken(grid: Grid, classes: Sequence[int]) -> Collision:
    stuck = [grid.problem.classes[c] for c in classes]
    sentence = f"有 {len(stuck)} 个班不能拍的时间与其他规则不能同时满足。"
    way_out = f"办法：请{named([one.name for one in stuck])}改掉不能拍的时间（如与任课教师调课），就排得下。"
    return Collision("forbidden", sentence, way_out, _colleges(stuck), tuple(one.id for one in stuck))


def spare(grid: Grid) -> Collision:
    share = grid.problem.rules.spare_share
    sentence = f"“每段留出 {share:.0%} 余量”与其他规则不能同时满足。"
    return Collision("spare", sentence, "办法：不留余量就排得下，但相机一慢就会拖后。")


def between(grid: Grid) -> Collision:
    colleges = tuple(dict.fromkeys(rule.college for rule in grid.problem.rules.between))
    sentence = f"{named(colleges)}的最早、最晚时间与其他规则不能同时满足。"
    return Collision("between", sentence, "办法：放宽这些学院的时间范围，就排得下。", colleges)


def several(sure: bool) -> Collision:
    """`sure`: each rule was tried to the end."""
    alone = "只放宽其中任何一条都不够" if sure else "给的时间里没有算出放宽哪一条就够"
    way_out = "请同时加时间、允许学院分开拍，或减少不能拍的时间，再试。"
    return Collision("several", f"已经证明这些规则合在一起排不下，{alone}。", way_out)


def _colleges(classes: Sequence[ClassLoad]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.college for one in classes))
