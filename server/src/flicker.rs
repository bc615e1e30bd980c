//! What to show while somebody types. The findings are facts of the text; half a statement has none
//! of those that the statement had a keystroke ago and will have again a keystroke later. So, while
//! the statement that is being edited does not parse, what was last shown for it stays, carried along
//! through the edits. So does what other files of the repository show, since that may come of the
//! statement as well: a helper's site is known by its callers, a key by the constant it is made of.
//! Pure: the clock and the sending are the publisher's.

use std::time::Duration;

use blue_text::{Edit, Span, map_through};

use blue_workspace::{Code, Shown};

/// Without an edit for this long, what is shown are the facts again.
pub(crate) const QUIET: Duration = Duration::from_secs(2);

/// What is shown of one file, in bytes of the text that it was shown for.
#[derive(Clone, Default)]
pub(crate) struct View {
    pub(crate) items: Vec<Shown>,
    /// The broken statements for which `items` are those of before.
    pub(crate) held: Vec<Span>,
}

/// What to show after `edits` to the text of `before`, when the facts of the new text are `fresh` and
/// the statements that do not parse are `broken`.
///
/// A broken statement is held if one of the edits touched it or it was held before. For a held
/// statement what was shown stays (also if that was nothing) and its fresh findings wait. While
/// anything is held, findings of absence that were not shown before wait too: what is absent may be
/// in the broken statement.
pub(crate) fn settle(before: &View, edits: &[Edit], fresh: &[Shown], broken: &[Span]) -> View {
    let held = held(before, edits, broken);
    if held.is_empty() {
        return View {
            items: fresh.to_vec(),
            held,
        };
    }
    let in_held = |span: Span| held.iter().any(|held| overlap(*held, span));
    let carried = before.items.iter().map(|item| Shown {
        span: map_through(item.span, edits),
        ..item.clone()
    });
    let mut items: Vec<Shown> = carried.filter(|item| in_held(item.span)).collect();
    let kept = items.len();
    for item in fresh {
        let print = &item.finding.fingerprint;
        let same = |other: &&Shown| other.finding.fingerprint == *print;
        let is_kept = items[..kept].iter().any(|other| same(&other));
        let waits = is_absence(item.finding.code) && !before.items.iter().any(|other| same(&other));
        if !in_held(item.span) && !is_kept && !waits {
            items.push(item.clone());
        }
    }
    View { items, held }
}

/// What to show of a file that nobody types in, while a statement of the same repository is held
/// elsewhere. Of what is said of that repository nothing comes and nothing goes; all else is a fact.
pub(crate) fn settle_beside(before: &[Shown], fresh: &[Shown], repo: &str) -> View {
    let is_of_it = |item: &&Shown| item.finding.repo.as_deref() == Some(repo);
    let stays = before.iter().filter(is_of_it);
    let facts = fresh.iter().filter(|item| !is_of_it(item));
    View {
        items: stays.chain(facts).cloned().collect(),
        held: Vec::new(),
    }
}

/// The broken statements that are held now.
fn held(before: &View, edits: &[Edit], broken: &[Span]) -> Vec<Span> {
    let touched = edits.iter().enumerate().map(|(at, edit)| {
        // Where the new text of this edit is after the edits behind it.
        map_through(edit.inserted_span(), &edits[at + 1..])
    });
    let held_before = before.held.iter().map(|span| map_through(*span, edits));
    let touched: Vec<Span> = touched.chain(held_before).collect();
    let broken = broken.iter().copied();
    broken
        .filter(|broken| touched.iter().any(|touched| touched.meets(*broken)))
        .collect()
}

/// True if they share a byte, or one is empty and in or at the other.
fn overlap(statement: Span, place: Span) -> bool {
    statement.intersects(place) || statement.covers(place)
}

fn is_absence(code: Code) -> bool {
    matches!(code, Code::ExportRemoved | Code::ExportBreaking)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::edit_between;
    use crate::sample::shown;

    /// Reads `[A|…]` as finding A (`[-A|…]`: one of absence) and `{…}` as a broken statement.
    fn parse(marked: &str) -> (String, Vec<Shown>, Vec<Span>) {
        let (mut text, mut items, mut statements) = (String::new(), Vec::new(), Vec::new());
        let (mut starts, mut names) = (Vec::new(), Vec::new());
        let mut rest = marked.chars();
        while let Some(character) = rest.next() {
            match character {
                '[' => {
                    names.push(
                        rest.by_ref()
                            .take_while(|it| *it != '|')
                            .collect::<String>(),
                    );
                    starts.push(text.len());
                }
                '{' => starts.push(text.len()),
                ']' => {
                    let name = names.pop().unwrap();
                    let code = match name.starts_with('-') {
                        true => Code::ExportBreaking,
                        false => Code::ExportAdded,
                    };
                    let span = Span::from_range(starts.pop().unwrap()..text.len());
                    items.push(shown(code, &name, span));
                }
                '}' => statements.push(Span::from_range(starts.pop().unwrap()..text.len())),
                other => text.push(other),
            }
        }
        (text, items, statements)
    }

    /// Each finding and each held statement, with the text under it.
    fn print(view: &View, text: &str) -> Vec<String> {
        let items = view.items.iter().map(|item| {
            let under = item.span.slice(text).unwrap();
            format!("{}|{}@{under}", item.finding.fingerprint, item.span.start)
        });
        let held = view
            .held
            .iter()
            .map(|span| format!("held@{}", span.slice(text).unwrap()));
        let mut lines: Vec<_> = items.chain(held).collect();
        lines.sort();
        lines
    }

    #[test]
    fn what_is_shown() {
        // before, with what was shown and held; after, with the facts; after, with what is shown
        for (why, before, after, expected) in [
            (
                "it parses: the facts",
                "put([A|'j'])",
                "put([B|'jo'])",
                "put([B|'jo'])",
            ),
            (
                "it does not: what was shown stays",
                "put([A|'j'])\nx",
                "{put('jo)}\nx",
                "{put([A|'jo])}\nx",
            ),
            (
                "its fresh findings wait",
                "put([A|'j'])",
                "{put([B|'j)]}",
                "{put([A|'j])}",
            ),
            (
                "nothing was shown: nothing is",
                "put()",
                "{put([A|'j)]}",
                "{put('j)}",
            ),
            (
                "a statement that becomes two: what is outside is a fact",
                "put([A|'j'])\nx\n",
                "{put(}\n[B|'j'])\nx\n",
                "{put(}\n[B|'j'])\nx\n",
            ),
            (
                "typed at its end",
                "[A|put()]\n",
                "{put()(}\n",
                "{[A|put()(]}\n",
            ),
            (
                "broken, but not edited: the facts",
                "x\nput([A|'j)\n]",
                "xy\n{put([B|'j)]}\n",
                "xy\nput([B|'j)]\n",
            ),
            (
                "held before, edited elsewhere: still held",
                "x\n{put([A|'j)]}\n",
                "xyz\n{put('j)}\n",
                "xyz\n{put([A|'j)]}\n",
            ),
            (
                "held before, parses now",
                "x\n{put([A|'j)]}\n",
                "x\nput([B|'j'])\n",
                "x\nput([B|'j'])\n",
            ),
            (
                "other statements have their facts",
                "put([A|'j'])\nget([C|'k'])",
                "{put('j)}\nget([D|'k'])",
                "{put([A|'j])}\nget([D|'k'])",
            ),
            (
                "an absence that was not shown waits",
                "put([A|'j'])\nx",
                "{put('j)}\n[-R|x]",
                "{put([A|'j])}\nx",
            ),
            (
                "an absence that was shown stays",
                "put([A|'j'])\n[-R|x]",
                "{put('j)}\n[-R|x]",
                "{put([A|'j])}\n[-R|x]",
            ),
            (
                "nothing is shown twice",
                "put([A|'j'])\nx",
                "{put('j)}\n[A|x]",
                "{put([A|'j])}\nx",
            ),
            (
                "the text under it was deleted",
                "put([A|'j'])",
                "{put(}",
                "{put([A|]}",
            ),
        ] {
            let (old, items, held) = parse(before);
            let (new, fresh, broken) = parse(after);
            let (same, wanted, wanted_held) = parse(expected);
            assert_eq!(new, same, "{why}: the case is wrong");
            let edits = Vec::from_iter(edit_between(&old, &new));
            let view = settle(&View { items, held }, &edits, &fresh, &broken);
            let wanted = View {
                items: wanted,
                held: wanted_held,
            };
            assert_eq!(print(&view, &new), print(&wanted, &new), "{why}");
        }
    }

    #[test]
    fn many_edits_between_two_views() {
        // Typed before the statement, then in it, then before it again.
        let (text, items, _) = parse("x\nput([A|'j'])");
        let edits = [(0, 0, 2), (10, 11, 0), (1, 1, 3)].map(|(start, end, inserted)| Edit {
            span: Span::new(start, end),
            inserted,
        });
        assert_eq!(text, "x\nput('j')");
        let after = "_____x\nput('j)";
        let broken = [Span::new(7, 14)];
        let view = settle(
            &View {
                items,
                held: Vec::new(),
            },
            &edits,
            &[],
            &broken,
        );
        assert_eq!(print(&view, after), ["A|11@'j", "held@put('j)"]);
    }
}
