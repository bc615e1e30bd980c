//! What a container of dependencies gives for a name, as the program tells it to: NestJS's providers
//! (<https://docs.nestjs.com/fundamentals/custom-providers>), tsyringe's and InversifyJS's containers.

use super::*;
use crate::walk_define::is_injection;

impl Evaluator<'_> {
    /// What a parameter is given that asks a container for something (`@Inject(PREFIX) prefix: string`); nothing for other
    /// parameters, and where nobody tells the container.
    pub(super) fn injected(&mut self, default: &Option<Expr>, scope: &Scope) -> Option<Values> {
        let Some(Expr::Call(call)) = default else {
            return None;
        };
        let call = &scope.facts.calls[*call as usize];
        if !call.callee_name().is_some_and(|name| is_injection(name)) {
            return None;
        }
        let of_module = Scope::of_module(scope.file, &scope.facts);
        let token = self.eval(&call.args.first()?.value, &of_module);
        let given = self.provided(token.first())?;
        let says = |value: &Value| !matches!(value, Value::Hole(_) | Value::External(_));
        given.iter().any(says).then_some(given)
    }

    fn provided(&mut self, token: &Value) -> Option<Values> {
        if matches!(token, Value::Hole(_)) {
            return None;
        }
        // `container.register(PREFIX, { useValue: "raw" })`, `container.registerInstance(PREFIX, "raw")`
        for name in ["register", "registerInstance"] {
            for (file, facts, index) in self.calls_of(name) {
                let [asked, how, ..] = &*facts.calls[index as usize].args else {
                    continue;
                };
                let scope = Scope::of_module(file, &facts);
                if self.eval(&asked.value, &scope).first() != token {
                    continue;
                }
                let how = self.eval(&how.value, &scope);
                match name {
                    "register" => return self.made_as(how.first()),
                    _ => return Some(how),
                }
            }
        }
        // `container.bind(PREFIX).toConstantValue("raw")`
        for (file, facts, index) in self.calls_of("toConstantValue") {
            let call = &facts.calls[index as usize];
            let (Expr::Attr(bound, _), Some(value)) = (&call.callee, call.args.first()) else {
                continue;
            };
            let Expr::Call(bound) = bound.bare() else {
                continue;
            };
            let Some(asked) = facts.calls[*bound as usize].args.first() else {
                continue;
            };
            let scope = Scope::of_module(file, &facts);
            if self.eval(&asked.value, &scope).first() == token {
                return Some(self.eval(&value.value, &scope));
            }
        }
        // `@Module({ providers: [{ provide: PREFIX, useValue: "raw" }] })`
        for (file, facts, index) in self.calls_of("Module") {
            let Some(said) = facts.calls[index as usize].args.first() else {
                continue;
            };
            let scope = Scope::of_module(file, &facts);
            let Value::Map(said) = self.eval(&said.value, &scope).first().clone() else {
                continue;
            };
            let Some(Value::List(providers)) = said.get("providers").map(Values::first) else {
                continue;
            };
            for provider in providers.iter() {
                let Value::Map(said) = provider.first() else {
                    continue;
                };
                if said.get("provide").map(Values::first) == Some(token) {
                    return self.made_as(provider.first());
                }
            }
        }
        None
    }

    /// `{ useValue: "raw" }`, `{ useFactory: () => "raw" }`
    fn made_as(&mut self, how: &Value) -> Option<Values> {
        let Value::Map(how) = how else {
            return None;
        };
        if let Some(value) = how.get("useValue") {
            return Some(value.clone());
        }
        match how.get("useFactory").map(Values::first) {
            Some(Value::Func(made)) => Some(self.call_closure(&made.clone(), &Args::default())),
            _ => None,
        }
    }
}
