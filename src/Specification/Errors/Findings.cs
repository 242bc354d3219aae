using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Errors;

/// <summary>Collects errors while a document is read, each once, so that all of them can be told in one go.</summary>
internal sealed class Findings
{
    /// <summary>More errors than this help nobody; the rest is counted as one.</summary>
    public const int Most = 100;

    private readonly List<SpecificationError> _errors = [];
    private readonly HashSet<SpecificationError> _seen = [];

    /// <summary>While true, sections check every value by itself and leave out what must hold between values.</summary>
    public bool ValuesOnly { get; set; }

    public bool Any => _errors.Count > 0;

    public bool Full => _errors.Count >= Most;

    public void Add(string path, Node? node, string rule, string fix)
    {
        if (node is not ReportedNode)
        {
            Add(node?.Origin ?? path, node?.Line, rule, fix);
        }
    }

    public void Add(string path, int? line, string rule, string fix)
    {
        var error = new SpecificationError(path, line, rule, fix);
        if (!Full && _seen.Add(error))
        {
            _errors.Add(error);
        }
    }

    /// <summary>By line; errors of one line in the order in which the rules are checked.</summary>
    public IReadOnlyList<SpecificationError> InOrder()
    {
        IEnumerable<SpecificationError> ordered = _errors.OrderBy(error => error.Line ?? 0);
        return Full
            ? [.. ordered, new SpecificationError("", null, $"{Most} errors are listed and there may be more", "mend these first")]
            : [.. ordered];
    }
}
