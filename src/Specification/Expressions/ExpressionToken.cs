using System.Globalization;

namespace Orchestrator.Specification.Expressions;

internal enum TokenKind
{
    Number,
    Text,
    Name,
    Symbol,
    End,
}

/// <summary>A piece of an expression and where it begins, counted from 1.</summary>
internal readonly record struct ExpressionToken(TokenKind Kind, string Text, int At)
{
    private const int Longest = 4_096;
    private static readonly string[] Symbols = ["==", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "(", ")", "[", "]", ","];

    /// <summary>Splits a text. The last piece is the end.</summary>
    public static IReadOnlyList<ExpressionToken> Split(string text)
    {
        if (text.Length > Longest)
        {
            throw new ExpressionException($"an expression has at most {Longest} characters, this one has {text.Length}: use 'in [..]' for long lists of alternatives");
        }
        var tokens = new List<ExpressionToken>();
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            var token = Next(text, i);
            tokens.Add(token);
            i += token.Kind == TokenKind.Text ? token.Text.Length + 2 : token.Text.Length;
        }
        tokens.Add(new ExpressionToken(TokenKind.End, "", text.Length + 1));
        return tokens;
    }

    /// <summary>A whole number as <see cref="Int128"/>, if every digit counts; any other as <see cref="double"/>.</summary>
    public object Number => Int128.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole : double.Parse(Text, CultureInfo.InvariantCulture);

    public override string ToString() => Kind == TokenKind.End ? "the end" : $"'{Text}'";

    private static ExpressionToken Next(string text, int i)
    {
        if (char.IsAsciiDigit(text[i]))
        {
            var end = i;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '.' || (text[end] is '+' or '-' && text[end - 1] is 'e' or 'E')))
            {
                end++;
            }
            return double.TryParse(text[i..end], CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? new ExpressionToken(TokenKind.Number, text[i..end], i + 1)
                : throw new ExpressionException($"at character {i + 1}: '{text[i..end]}' is no number; write 0.4 or 1e-3");
        }
        if (char.IsAsciiLetter(text[i]) || text[i] == '_')
        {
            var end = i;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.'))
            {
                end++;
            }
            return new ExpressionToken(TokenKind.Name, text[i..end], i + 1);
        }
        if (text[i] is '"' or '\'')
        {
            var end = text.IndexOf(text[i], i + 1);
            return end > 0
                ? new ExpressionToken(TokenKind.Text, text[(i + 1)..end], i + 1)
                : throw new ExpressionException($"at character {i + 1}: the quotation is not closed; end it with {text[i]}");
        }
        return Symbols.FirstOrDefault(symbol => string.CompareOrdinal(text, i, symbol, 0, symbol.Length) == 0) is { } found
            ? new ExpressionToken(TokenKind.Symbol, found, i + 1)
            : throw new ExpressionException($"at character {i + 1}: '{text[i]}' means nothing here; there are names, numbers, \"texts\", == != < <= > >=, + - * /, and, or, not, in");
    }
}
