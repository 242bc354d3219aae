namespace Orchestrator.Kernels.Weights;

/// <summary>A weights, checkpoint or configuration file cannot be used. The message names the file, the tensor or key, the rule and what was found.</summary>
public sealed class ModelFileException : Exception
{
    /// <summary>Makes the message from the file's name and what is wrong with it.</summary>
    public ModelFileException(string file, string problem, Exception? inner = null) : base($"{file}: {problem}", inner)
    {
        File = file;
    }

    /// <summary>The file's name or path, as the caller gave it.</summary>
    public string File { get; }
}
