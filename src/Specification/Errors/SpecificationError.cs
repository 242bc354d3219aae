namespace Orchestrator.Specification.Errors;

/// <summary>One thing that is wrong with a sweep file.</summary>
/// <param name="Path">Where, as a dotted path in the file (<c>model.layers</c>, <c>grid.train.lr[2]</c>); empty for the file as a whole.</param>
/// <param name="Line">The line, from 1; null where the document did not come from a file.</param>
/// <param name="Rule">The rule that is broken, with the value that breaks it.</param>
/// <param name="Fix">What to write instead.</param>
public sealed record SpecificationError(string Path, int? Line, string Rule, string Fix)
{
    /// <summary>The error as one line for a person.</summary>
    public override string ToString()
    {
        var place = (Path, Line) switch
        {
            ("", null) => "",
            ("", { } line) => $"line {line}: ",
            (_, null) => $"{Path}: ",
            (_, { } line) => $"{Path} (line {line}): ",
        };
        return $"{place}{Rule}; {Fix}";
    }
}
