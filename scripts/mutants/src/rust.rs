//! The mutants of Rust code, and of the SQL in its string literals.

use crate::{Found, sql};
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, ExprMacro, Lit, Pat, ReturnType, Stmt, Type, UnOp};

/// Methods whose closure is a condition.
const CONDITIONS: [&str; 10] = [
    "all",
    "any",
    "filter",
    "find",
    "is_none_or",
    "is_some_and",
    "partition",
    "retain",
    "skip_while",
    "take_while",
];

struct Walk<'a> {
    found: Found<'a>,
    is_code: bool,
    is_sql: bool,
    /// Modules' names are the files'; these are the types and functions around.
    names: Vec<String>,
    /// What runs when compiling has no switches.
    is_const: bool,
}

/// Finds the mutants of a file: of its code, of its SQL, or of both.
pub fn find(found: Found, is_code: bool, is_sql: bool) -> Found {
    let file = syn::parse_file(found.source).expect("a file of Rust");
    let mut walk = Walk { found, is_code, is_sql, names: Vec::new(), is_const: false };
    walk.visit_file(&file);
    walk.found
}

fn bytes(of: &impl Spanned) -> Range<usize> {
    of.span().byte_range()
}

/// Whether it is for tests, or for another target than this one.
fn is_absent(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        let text = quote::quote!(#a).to_string();
        a.path().is_ident("test")
            || a.path().is_ident("cfg")
                && !text.contains("not")
                && (text.contains("test") || text.contains("wasm32"))
    })
}

fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(b) => has_let(&b.left) || has_let(&b.right),
        Expr::Paren(p) => has_let(&p.expr),
        _ => false,
    }
}

/// What is a condition without an operator that has mutants of its own.
fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(b) => !matches!(
            b.op,
            BinOp::And(_)
                | BinOp::Or(_)
                | BinOp::Eq(_)
                | BinOp::Ne(_)
                | BinOp::Lt(_)
                | BinOp::Le(_)
                | BinOp::Gt(_)
                | BinOp::Ge(_)
        ),
        Expr::Unary(u) => !matches!(u.op, UnOp::Not(_)),
        Expr::Paren(p) => is_plain(&p.expr),
        Expr::Lit(_) | Expr::Block(_) | Expr::Let(_) | Expr::If(_) | Expr::Match(_) => false,
        _ => true,
    }
}

/// Values of a type, to be answered instead of what a function computes.
fn values(of: &Type) -> Vec<String> {
    let all = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    match of {
        Type::Tuple(t) if t.elems.is_empty() => all(&["()"]),
        Type::Tuple(t) => {
            let each: Option<Vec<String>> = t.elems.iter().map(|e| values(e).into_iter().next()).collect();
            each.map(|each| format!("({})", each.join(", "))).into_iter().collect()
        }
        Type::Reference(r) => match &*r.elem {
            Type::Path(p) if p.path.is_ident("str") => all(&["\"\"", "\"xyzzy\""]),
            Type::Slice(_) if r.mutability.is_none() => all(&["&[]"]),
            _ => Vec::new(),
        },
        Type::Path(p) => {
            let Some(last) = p.path.segments.last() else { return Vec::new() };
            let inner = || match &last.arguments {
                syn::PathArguments::AngleBracketed(a) => match a.args.first() {
                    Some(syn::GenericArgument::Type(t)) => values(t),
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            };
            let wrapped =
                |name: &str| inner().into_iter().map(|v| format!("{name}({v})")).collect::<Vec<_>>();
            match last.ident.to_string().as_str() {
                "bool" => all(&["true", "false"]),
                "String" => all(&["String::new()", "String::from(\"xyzzy\")"]),
                "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => {
                    all(&["0", "1"])
                }
                "Option" => ["None".to_owned()].into_iter().chain(wrapped("Some")).collect(),
                "Result" => wrapped("Ok"),
                "Vec" => all(&["Vec::new()"]),
                // No reader of rows, nor a type parameter.
                "Query" => Vec::new(),
                name if name.len() == 1 => Vec::new(),
                _ => all(&["Default::default()"]),
            }
        }
        _ => Vec::new(),
    }
}

impl Walk<'_> {
    fn source(&self, of: &impl Spanned) -> String {
        self.found.source[bytes(of)].to_owned()
    }

    fn function(&self) -> String {
        self.names.join("::")
    }

    /// Puts mutants around an expression: what each is called, and what it runs instead.
    fn wrap(&mut self, whole: Range<usize>, changes: Vec<(String, String)>) {
        if self.is_const {
            return;
        }
        let (mut text, mut inner) = (String::from("("), Vec::new());
        for (change, instead) in changes {
            let Some(number) = self.found.mutant(whole.start, &self.function(), &change) else { continue };
            text.push_str(&format!("if crate::mutant::on({number}) {{ "));
            inner.push((number, text.len()..text.len() + instead.len()));
            text.push_str(&format!("{instead} }} else "));
        }
        if inner.is_empty() {
            return;
        }
        text.push_str("{ ");
        let mut from = 0;
        for (number, range) in inner {
            let piece = text[from..range.end].to_owned();
            let range = range.start - from..range.end - from;
            from += piece.len();
            self.found.open(whole.start, piece, Some((number, range)));
        }
        self.found.open(whole.start, text[from..].to_owned(), None);
        self.found.close(whole.end, " })");
    }

    /// `expr` becomes each of `instead`.
    fn replace(&mut self, expr: &Expr, instead: &[&str]) {
        let source = self.source(expr);
        self.wrap(
            bytes(expr),
            instead.iter().map(|i| (format!("{} → {i}", short(&source)), (*i).to_owned())).collect(),
        );
    }

    fn operator(&mut self, b: &syn::ExprBinary) {
        let others: &[&str] = match b.op {
            BinOp::Eq(_) => &["!="],
            BinOp::Ne(_) => &["=="],
            BinOp::Lt(_) => &["<=", ">="],
            BinOp::Le(_) => &["<", ">"],
            BinOp::Gt(_) => &[">=", "<="],
            BinOp::Ge(_) => &[">", "<"],
            BinOp::Add(_) => &["-"],
            BinOp::Sub(_) => &["+"],
            BinOp::Mul(_) => &["/"],
            BinOp::Div(_) | BinOp::Rem(_) => &["*"],
            BinOp::BitAnd(_) => &["|"],
            BinOp::BitOr(_) | BinOp::BitXor(_) => &["&"],
            BinOp::Shl(_) => &[">>"],
            BinOp::Shr(_) => &["<<"],
            BinOp::AddAssign(_) => &["-="],
            BinOp::SubAssign(_) => &["+="],
            BinOp::BitOrAssign(_) | BinOp::BitXorAssign(_) => &["&="],
            BinOp::BitAndAssign(_) => &["|="],
            _ => &[],
        };
        let (left, right, operator) = (self.source(&b.left), self.source(&b.right), self.source(&b.op));
        let name = short(&format!("{left} {operator} {right}"));
        let changes = others
            .iter()
            .map(|o| (format!("{name}: {operator} → {o}"), format!("{left} {o} {right}")))
            .collect();
        self.wrap(bytes(b), changes);
    }

    /// Each term of `a && b` becomes true, each of `a || b` false.
    fn terms(&mut self, b: &syn::ExprBinary) {
        let (is_and, instead) =
            (matches!(b.op, BinOp::And(_)), if matches!(b.op, BinOp::And(_)) { "true" } else { "false" });
        for side in [&b.left, &b.right] {
            let is_same_chain = matches!(&**side, Expr::Binary(inner)
                if matches!(inner.op, BinOp::And(_)) && is_and || matches!(inner.op, BinOp::Or(_)) && !is_and);
            if !is_same_chain && !has_let(side) {
                self.replace(side, &[instead]);
            }
        }
    }

    /// A literal's mutants in SQL; `whole` is it, or the macro that formats it.
    fn sql(&mut self, whole: Range<usize>, literal: Range<usize>) {
        let text = self.found.source[literal.clone()].to_owned();
        if !["WHERE ", " AND ", " OR ", "EXISTS ("].iter().any(|word| text.contains(word)) {
            return;
        }
        let source = self.found.source;
        let (start, end) = (text.find('"').map_or(0, |n| n + 1), text.rfind('"').unwrap_or(text.len()));
        let changes = sql::terms(&text[start..end])
            .into_iter()
            .map(|term| {
                let (from, to) =
                    (literal.start + start + term.bytes.start, literal.start + start + term.bytes.end);
                let (sign, word) = if term.becomes { ("1 OR", "true") } else { ("0 AND", "false") };
                let instead = format!(
                    "{}({sign} {}){}",
                    &source[whole.start..from],
                    &source[from..to],
                    &source[to..whole.end]
                );
                (format!("{} → {word}", &source[from..to].replace("\\\n", "")), instead)
            })
            .collect();
        self.wrap(whole, changes);
    }

    /// Without one of the patterns.
    fn matches(&mut self, m: &ExprMacro) {
        let parse = |input: syn::parse::ParseStream| -> syn::Result<(Expr, Pat, proc_macro2::TokenStream)> {
            let value = input.parse()?;
            input.parse::<syn::Token![,]>()?;
            Ok((value, Pat::parse_multi_with_leading_vert(input)?, input.parse()?))
        };
        let Ok((value, Pat::Or(or), rest)) = m.mac.parse_body_with(parse) else { return };
        let (value, rest) =
            (self.source(&value), if rest.is_empty() { String::new() } else { self.source(&rest) });
        let cases: Vec<String> = or.cases.iter().map(|c| self.source(c)).collect();
        let changes = (0..cases.len())
            .map(|without| {
                let others: Vec<&str> = cases
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| *i != without)
                    .map(|(_, c)| c.as_str())
                    .collect();
                (
                    format!("matches!({value}, …) without {}", cases[without]),
                    format!("matches!({value}, {} {rest})", others.join(" | ")),
                )
            })
            .collect();
        self.wrap(bytes(m), changes);
    }

    fn body(&mut self, signature: &syn::Signature, block: &Block) {
        if self.is_code && !self.is_const {
            let unit =
                Type::Tuple(syn::TypeTuple { paren_token: Default::default(), elems: Default::default() });
            let of = match &signature.output {
                ReturnType::Default => &unit,
                ReturnType::Type(_, of) => of,
            };
            let body = self.source(block);
            let inside = body.trim_start_matches('{').trim_end_matches('}').trim().to_owned();
            let at = block.brace_token.span.open().byte_range().end;
            for value in values(of) {
                if value == inside || inside.is_empty() {
                    continue;
                }
                let Some(number) =
                    self.found.mutant(bytes(signature).start, &self.function(), &format!("→ {value}"))
                else {
                    continue;
                };
                let head = format!(" if crate::mutant::on({number}) {{ return ");
                let range = head.len()..head.len() + value.len();
                self.found.open(at, format!("{head}{value}; }}"), Some((number, range)));
            }
        }
        self.visit_block(block);
    }

    fn within(&mut self, name: String, walk: impl FnOnce(&mut Self)) {
        self.names.push(name);
        walk(self);
        self.names.pop();
    }
}

/// Enough of a piece of code to know it by.
fn short(code: &str) -> String {
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    match code.char_indices().nth(90) {
        Some((end, _)) => format!("{}…", &code[..end]),
        None => code,
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Const(_) | syn::Item::Macro(_) => {}
            syn::Item::Static(s) => {
                let outer = std::mem::replace(&mut self.is_const, true);
                self.within(s.ident.to_string(), |walk| walk.visit_expr(&s.expr));
                self.is_const = outer;
            }
            syn::Item::Mod(m) if is_absent(&m.attrs) => {}
            syn::Item::Impl(i) if is_absent(&i.attrs) => {}
            syn::Item::Impl(i) => {
                let of_trait = i
                    .trait_
                    .as_ref()
                    .and_then(|(_, path, _)| path.segments.last())
                    .map(|s| s.ident.to_string());
                // What is written for people and logs.
                if !of_trait.is_some_and(|name| ["Debug", "Display"].contains(&name.as_str())) {
                    let name = self.source(&*i.self_ty);
                    self.within(name, |walk| visit::visit_item_impl(walk, i));
                }
            }
            item => visit::visit_item(self, item),
        }
    }

    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        if !is_absent(&f.attrs) && f.sig.constness.is_none() {
            self.within(f.sig.ident.to_string(), |walk| walk.body(&f.sig, &f.block));
        }
    }

    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        if !is_absent(&f.attrs) && f.sig.constness.is_none() {
            self.within(f.sig.ident.to_string(), |walk| walk.body(&f.sig, &f.block));
        }
    }

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_type(&mut self, _: &'ast Type) {}
    fn visit_pat(&mut self, _: &'ast Pat) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let outer = std::mem::replace(&mut self.is_const, false);
        visit::visit_expr_closure(self, closure);
        self.is_const = outer;
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Expr(Expr::Try(_), Some(_)) = statement
            && self.is_code
            && !self.is_const
        {
            let (range, source) = (bytes(statement), self.source(statement));
            if let Some(number) =
                self.found.mutant(range.start, &self.function(), &format!("without {}", short(&source)))
            {
                let text = format!("if !crate::mutant::on({number}) {{ ");
                self.found.open(range.start, text, Some((number, 0..0)));
                self.found.close(range.end, " }");
            }
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        if self.is_code {
            match expr {
                Expr::Binary(b) if matches!(b.op, BinOp::And(_) | BinOp::Or(_)) => self.terms(b),
                Expr::Binary(b) => self.operator(b),
                Expr::Unary(u) if !matches!(u.op, UnOp::Deref(_)) && !matches!(*u.expr, Expr::Lit(_)) => {
                    let (whole, inner) = (self.source(u), self.source(&*u.expr));
                    self.wrap(bytes(u), vec![(format!("{} → {}", short(&whole), short(&inner)), inner)]);
                }
                Expr::If(i) if is_plain(&i.cond) => self.replace(&i.cond, &["true", "false"]),
                Expr::MethodCall(call) if CONDITIONS.contains(&call.method.to_string().as_str()) => {
                    if let Some(Expr::Closure(closure)) = call.args.first()
                        && is_plain(&closure.body)
                    {
                        self.replace_in_closure(&closure.body);
                    }
                }
                Expr::Match(m) => self.arms(m),
                Expr::Macro(m) if m.mac.path.is_ident("matches") => self.matches(m),
                _ => {}
            }
        }
        if self.is_sql {
            match expr {
                Expr::Macro(m) if m.mac.path.is_ident("format") => {
                    if let Some(proc_macro2::TokenTree::Literal(literal)) =
                        m.mac.tokens.clone().into_iter().next()
                    {
                        self.sql(bytes(m), literal.span().byte_range());
                    }
                }
                Expr::Lit(l) if matches!(l.lit, Lit::Str(_)) => self.sql(bytes(l), bytes(l)),
                _ => {}
            }
        }
        visit::visit_expr(self, expr);
    }
}

impl Walk<'_> {
    fn replace_in_closure(&mut self, body: &Expr) {
        let outer = std::mem::replace(&mut self.is_const, false);
        self.replace(body, &["true", "false"]);
        self.is_const = outer;
    }

    /// Arms that a later one for all else stands in for, and guards.
    fn arms(&mut self, m: &syn::ExprMatch) {
        let is_rest = |arm: &syn::Arm| {
            arm.guard.is_none()
                && match &arm.pat {
                    Pat::Wild(_) => true,
                    Pat::Ident(i) => {
                        i.subpat.is_none() && i.ident.to_string().starts_with(char::is_lowercase)
                    }
                    _ => false,
                }
        };
        let has_rest = m.arms.last().is_some_and(is_rest);
        for arm in &m.arms {
            match &arm.guard {
                Some((_, guard)) if !has_let(guard) => self.replace(guard, &["true", "false"]),
                None if has_rest && !is_rest(arm) && !self.is_const => {
                    let (at, source) = (bytes(&arm.pat), self.source(&arm.pat));
                    let change = format!("without the arm {}", short(&source));
                    if let Some(number) = self.found.mutant(at.start, &self.function(), &change) {
                        self.found.open(
                            at.end,
                            format!(" if !crate::mutant::on({number})"),
                            Some((number, 0..0)),
                        );
                    }
                }
                _ => {}
            }
        }
    }
}
