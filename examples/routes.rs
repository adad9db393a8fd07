//! Prints the route table: surface, method, pattern, access.

use sori::http::handler::Access;

fn main() {
    let mut lines: Vec<String> = sori::routes::all()
        .into_iter()
        .map(|(surface, route)| {
            let access = match route.access {
                Access::Public(_) => "public".to_owned(),
                Access::Document(_) => "document".into(),
                Access::Anyone(scope, _) => format!("anyone, {scope}"),
                Access::Staff(scope, ..) => format!("staff, {scope}"),
                Access::User(scope, _) => format!("user, {scope}"),
                Access::Client(_) => "client".to_owned(),
            };
            format!("{:<58} {:<7} {surface:<12?} {access}", route.pattern, route.method)
        })
        .collect();
    lines.sort();
    println!("{}", lines.join("\n"));
}
