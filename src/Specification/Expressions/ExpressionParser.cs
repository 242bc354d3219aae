using Evaluation = System.Func<System.Func<string, object?>, object?>;

namespace Orchestrator.Specification.Expressions;

/// <summary>Reads tokens by the grammar: or, and, not, comparison, sum, product, sign, value, each binding tighter than the one before.</summary>
internal sealed class ExpressionParser(IReadOnlyList<ExpressionToken> tokens)
{
    private const int Deepest = 64;
    private readonly HashSet<string> _names = [];
    private int _at;
    private int _depth;

    private ExpressionToken Here => tokens[_at];

    public Expression Whole()
    {
        var condition = Or();
        return Here.Kind == TokenKind.End ? new Expression(condition, _names, [.. tokens.Where(token => token.Kind == TokenKind.Text).Select(token => token.Text)]) : throw Expected("an operator or the end");
    }

    private Evaluation Or()
    {
        var left = And();
        while (Take("or"))
        {
            var (a, b) = (left, And());
            left = values => Truth(a(values)) is true || Truth(b(values)) is true;
        }
        return left;
    }

    private Evaluation And()
    {
        var left = Not();
        while (Take("and"))
        {
            var (a, b) = (left, Not());
            left = values => Truth(a(values)) is true && Truth(b(values)) is true;
        }
        return left;
    }

    private Evaluation Not()
    {
        if (!Take("not"))
        {
            return Comparison();
        }
        var inner = Deeper(Not);
        return values => Truth(inner(values)) is false;
    }

    private Evaluation Comparison()
    {
        var start = _at;
        var left = Sum();
        var leftIsNull = IsNull(start);
        if (Take("in"))
        {
            var members = List();
            return values => left(values) is { } value && members.Any(member => Operations.Same(value, member(values)));
        }
        if (Here is { Kind: TokenKind.Name, Text: "not" } && tokens[_at + 1] is { Kind: TokenKind.Name, Text: "in" })
        {
            _at += 2;
            var members = List();
            return values => left(values) is { } value && !members.Any(member => Operations.Same(value, member(values)));
        }
        if (Here.Kind != TokenKind.Symbol || Here.Text is not ("==" or "=" or "!=" or "<" or "<=" or ">" or ">="))
        {
            return left;
        }
        var symbol = tokens[_at++].Text;
        start = _at;
        var right = Sum();
        // What is undefined is equal to nothing but the word for it.
        return (symbol, leftIsNull, IsNull(start)) switch
        {
            ("==" or "=", true, _) => values => right(values) is null,
            ("==" or "=", _, true) => values => left(values) is null,
            ("!=", true, _) => values => right(values) is not null,
            ("!=", _, true) => values => left(values) is not null,
            _ => values => Operations.Compare(symbol, left(values), right(values)),
        };

        bool IsNull(int from) => _at == from + 1 && tokens[from] is { Kind: TokenKind.Name, Text: "null" };
    }

    private Evaluation Sum()
    {
        var left = Product();
        while (Here is { Kind: TokenKind.Symbol, Text: "+" or "-" })
        {
            var (symbol, a, b) = (tokens[_at++].Text, left, Product());
            left = values => Operations.Calculate(symbol, a(values), b(values));
        }
        return left;
    }

    private Evaluation Product()
    {
        var left = Sign();
        while (Here is { Kind: TokenKind.Symbol, Text: "*" or "/" })
        {
            var (symbol, a, b) = (tokens[_at++].Text, left, Sign());
            left = values => Operations.Calculate(symbol, a(values), b(values));
        }
        return left;
    }

    private Evaluation Sign()
    {
        if (!Take("-"))
        {
            return Value();
        }
        var inner = Deeper(Sign);
        return values => Operations.Calculate("-", Int128.Zero, inner(values));
    }

    private Evaluation Value()
    {
        var token = Here;
        _at += token.Kind == TokenKind.End ? 0 : 1;
        switch (token)
        {
            case { Kind: TokenKind.Number }:
                var number = token.Number;
                return _ => number;
            case { Kind: TokenKind.Text }:
                return _ => token.Text;
            case { Kind: TokenKind.Name, Text: "true" or "false" }:
                return _ => token.Text == "true";
            case { Kind: TokenKind.Name, Text: "null" }:
                return _ => null;
            case { Kind: TokenKind.Name, Text: not ("and" or "or" or "not" or "in") }:
                _names.Add(token.Text);
                return values => values(token.Text);
            case { Kind: TokenKind.Symbol, Text: "(" }:
                var inner = Deeper(Or);
                return Take(")") ? inner : throw Expected("')'");
            default:
                _at -= token.Kind == TokenKind.End ? 0 : 1;
                throw Expected("a name, a number, a \"text\" or '('");
        }
    }

    private List<Evaluation> List()
    {
        var close = Take("[") ? "]" : Take("(") ? ")" : throw Expected("a list such as [1, 2]");
        var members = new List<Evaluation>();
        do
        {
            members.Add(Sum());
        }
        while (Take(","));
        return Take(close) ? members : throw Expected($"',' or '{close}'");
    }

    private bool Take(string text)
    {
        if (Here.Kind is TokenKind.Text or TokenKind.End || Here.Text != text)
        {
            return false;
        }
        _at++;
        return true;
    }

    private Evaluation Deeper(Func<Evaluation> read)
    {
        if (++_depth > Deepest)
        {
            throw new ExpressionException($"at character {Here.At}: nested more than {Deepest} deep; write it flatter");
        }
        var inner = read();
        _depth--;
        return inner;
    }

    private static bool? Truth(object? value) => value switch
    {
        null => null,
        bool truth => truth,
        _ => throw new ExpressionException($"and, or and not take conditions, not {value}; compare it with something first"),
    };

    private ExpressionException Expected(string what) => new($"at character {Here.At}: expected {what}, found {Here}");
}
