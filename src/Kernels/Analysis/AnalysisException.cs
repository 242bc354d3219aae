namespace Orchestrator.Kernels.Analysis;

/// <summary>An analysis cannot be made from its input. The message names the file, the rule and what to change.</summary>
public sealed class AnalysisException : Exception
{
    /// <summary>Makes the message from the file's name and what is wrong with it.</summary>
    public AnalysisException(string file, string problem, Exception? inner = null) : base($"{file}: {problem}", inner)
    {
    }

    /// <summary>Takes over what is wrong with a file.</summary>
    public AnalysisException(Platform.Files.UserFileException unreadable) : base(unreadable?.Message, unreadable)
    {
    }
}
