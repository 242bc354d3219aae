namespace Orchestrator.Specification.Expressions;

/// <summary>
/// The small grammar of <c>where</c>: names, literals, comparison, <c>and</c>, <c>or</c>, <c>not</c>, <c>in</c>, parentheses,
/// arithmetic. A value is a number (whole ones stay exact), a text, a truth value or undefined; whatever is compared with something undefined is false.
/// </summary>
public sealed class Expression
{
    private readonly Func<Func<string, object?>, object?> _evaluate;

    internal Expression(Func<Func<string, object?>, object?> evaluate, IReadOnlySet<string> names, IReadOnlyList<string> texts) => (_evaluate, Names, Texts) = (evaluate, names, texts);

    /// <summary>Every name that it reads.</summary>
    public IReadOnlySet<string> Names { get; }

    /// <summary>Every text that it compares with.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="ExpressionException">It is not one.</exception>
    public static Expression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new ExpressionParser(ExpressionToken.Split(text)).Whole();
    }

    /// <summary>Whether it holds. Undefined is not true.</summary>
    /// <param name="value">Gives a name's value: an <see cref="Int128"/>, a <see cref="double"/>, a <see cref="string"/>, a <see cref="bool"/> or null.</param>
    /// <exception cref="ExpressionException">Its value is neither true nor false, or it calculates with what is no number.</exception>
    public bool Holds(Func<string, object?> value) => _evaluate(value) switch
    {
        bool truth => truth,
        null => false,
        var other => throw new ExpressionException($"the condition is {other}, which is neither true nor false; compare it with something, as in layer == 1"),
    };
}
