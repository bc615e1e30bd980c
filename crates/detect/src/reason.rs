//! The kinds of what cannot be known, each with a word that stays: what tables count by and machines
//! read, where [`Why`] is the sentence for one place.

use crate::value::Why;

/// Why a value is not known, as a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A parameter of a function that no code of the repository gives a value.
    Parameter,
    /// A variable of the environment.
    Environment,
    /// A name or a function from outside the repository.
    External,
    /// An attribute, index or key that is only known when the program runs.
    Attribute,
    /// An argument or value that is not given.
    Missing,
    /// A form of expression that is not followed.
    Syntax,
    /// More alternatives than are told apart.
    TooMany,
    /// Longer than a folded string may be.
    TooLong,
    /// It depends on itself.
    Cycle,
    /// Working it out would take too many steps.
    Budget,
    /// It is known, and says nothing: any key.
    Everything,
}

impl Reason {
    /// All of them, in the order of tables.
    pub const ALL: [Reason; 11] = [
        Reason::Parameter,
        Reason::Environment,
        Reason::External,
        Reason::Attribute,
        Reason::Missing,
        Reason::Syntax,
        Reason::TooMany,
        Reason::TooLong,
        Reason::Cycle,
        Reason::Budget,
        Reason::Everything,
    ];

    /// The word for it, which never changes.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Parameter => "parameter",
            Reason::Environment => "environment",
            Reason::External => "external",
            Reason::Attribute => "attribute",
            Reason::Missing => "missing",
            Reason::Syntax => "syntax",
            Reason::TooMany => "too-many",
            Reason::TooLong => "too-long",
            Reason::Cycle => "cycle",
            Reason::Budget => "budget",
            Reason::Everything => "everything",
        }
    }

    /// What it means, for a table.
    pub fn meaning(self) -> &'static str {
        match self {
            Reason::Parameter => "a parameter that no code here gives a value",
            Reason::Environment => "a variable of the environment",
            Reason::External => "from outside the repository",
            Reason::Attribute => "an attribute or index that only a run knows",
            Reason::Missing => "an argument or value that is not given",
            Reason::Syntax => "a form of expression that is not followed",
            Reason::TooMany => "more than 8 alternatives",
            Reason::TooLong => "longer than 64 parts or 512 characters",
            Reason::Cycle => "a value that depends on itself",
            Reason::Budget => "too many steps to work it out",
            Reason::Everything => "known, and any key",
        }
    }
}

impl Why {
    /// The kind of it.
    pub fn reason(&self) -> Reason {
        match self {
            Why::Parameter(_) => Reason::Parameter,
            Why::Field(_) => Reason::Attribute,
            Why::External(_) => Reason::External,
            Why::Environment(_) => Reason::Environment,
            Why::TooMany => Reason::TooMany,
            Why::TooLong => Reason::TooLong,
            Why::Cycle => Reason::Cycle,
            Why::Budget => Reason::Budget,
            Why::Bucket(why) | Why::Local(why) | Why::Or(why, _) => why.reason(),
            Why::Syntax(kind) => match kind.as_str() {
                "attribute" | "index" | "missing key" | "counter" => Reason::Attribute,
                "missing argument"
                | "missing value"
                | "empty collection"
                | "function without a value" => Reason::Missing,
                "wildcard" => Reason::Everything,
                _ => Reason::Syntax,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_word_of_its_own() {
        let mut words: Vec<&str> = Reason::ALL.into_iter().map(Reason::as_str).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Reason::ALL.len());
    }

    #[test]
    fn what_is_not_known_is_of_a_kind() {
        for (why, word) in [
            (Why::Parameter("key".into()), "parameter"),
            (Why::Environment("PREFIX".into()), "environment"),
            (Why::External("uuid.uuid4()".into()), "external"),
            (Why::Syntax("attribute".into()), "attribute"),
            (Why::Syntax("missing argument".into()), "missing"),
            (Why::Syntax("await_expression".into()), "syntax"),
            (Why::Syntax("wildcard".into()), "everything"),
            (Why::TooMany, "too-many"),
            (Why::Cycle, "cycle"),
            (Why::Budget, "budget"),
        ] {
            assert_eq!(why.reason().as_str(), word, "{why}");
        }
    }
}
