using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Specification.Errors;

/// <summary>What came of reading a specification: a value, or everything that is wrong with it.</summary>
public sealed class Reading<T> where T : class
{
    private Reading(string source, T? value, IReadOnlyList<SpecificationError> errors) => (Source, Value, Errors) = (source, value, errors);

    /// <summary>The file's name, or what else was read.</summary>
    public string Source { get; }
    /// <summary>What was read; null if there are errors.</summary>
    public T? Value { get; }
    /// <summary>Everything that is wrong, in the order of the lines; empty if there is a value.</summary>
    public IReadOnlyList<SpecificationError> Errors { get; }
    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool Succeeded => Value is not null;

    /// <summary>All errors as one message: the file, then one line per error. Empty if there is a value.</summary>
    public string Message => Errors.Count switch
    {
        0 => "",
        1 => $"{Source}: {Errors[0]}",
        var count => $"{Source}: {count} errors\n{string.Join('\n', Errors.Select(error => $"  {error}"))}",
    };

    internal static Reading<T> Of(string source, T? value, Findings findings) =>
        findings.Any || value is null ? new(source, null, findings.InOrder()) : new(source, value, []);
}
