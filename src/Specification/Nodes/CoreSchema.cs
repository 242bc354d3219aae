using System.Globalization;
using System.Text.RegularExpressions;

namespace Orchestrator.Specification.Nodes;

/// <summary>What an unquoted word of YAML means: the core schema of YAML 1.2 (section 10.3.2). <c>no</c>, <c>on</c> and <c>1:30</c> are strings.</summary>
internal static partial class CoreSchema
{
    public static ScalarNode Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return new ScalarNode(ScalarKind.Null, "");
            case "true" or "True" or "TRUE":
                return new ScalarNode(ScalarKind.Boolean, "true");
            case "false" or "False" or "FALSE":
                return new ScalarNode(ScalarKind.Boolean, "false");
        }
        if (text.Length > 400)
        {
            return new ScalarNode(ScalarKind.String, text);
        }
        if (Decimal().IsMatch(text) || NotFinite().IsMatch(text))
        {
            return new ScalarNode(ScalarKind.Number, text);
        }
        if (Hexadecimal().IsMatch(text) && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal))
        {
            return new ScalarNode(ScalarKind.Number, hexadecimal.ToString(CultureInfo.InvariantCulture));
        }
        return Octal().IsMatch(text)
            ? new ScalarNode(ScalarKind.Number, text.Skip(2).Aggregate(0UL, (value, digit) => value * 8 + (ulong)(digit - '0')).ToString(CultureInfo.InvariantCulture))
            : new ScalarNode(ScalarKind.String, text);
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$", RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();

    [GeneratedRegex(@"^0x[0-9a-fA-F]{1,16}$", RegexOptions.CultureInvariant)]
    private static partial Regex Hexadecimal();

    // 21 octal digits are 63 bits: nothing overflows.
    [GeneratedRegex(@"^0o[0-7]{1,21}$", RegexOptions.CultureInvariant)]
    private static partial Regex Octal();
}
