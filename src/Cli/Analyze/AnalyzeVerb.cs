using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Kernels.Analysis;

namespace Orchestrator.Cli.Analyze;

/// <summary><c>analyze</c>: every per-head, per-pair and per-path metric of one model file; needs no server.</summary>
internal sealed class AnalyzeVerb : Verb
{
    private readonly Argument<string> _model = new Argument<string>("MODEL") { Description = "Weights as safetensors with TransformerLens' names, float32" }.NamesPath();
    private readonly Option<string> _tokens = new Option<string>("--tokens") { Description = "JSON object whose \"batches\" maps a name to sequences of token ids", HelpName = "FILE", Required = true }.NamesPath();
    private readonly Option<string?> _config = new Option<string?>("--config") { Description = "Configuration with TransformerLens' keys; by default MODEL.config.json beside the model", HelpName = "FILE" }.NamesPath();
    private readonly Option<string?> _patterns = new Option<string?>("--patterns") { Description = "Folder for attention patterns as SVG, one file per batch and head", HelpName = "DIR" }.NamesPath();
    private readonly Option<string?> _scores = new("--scores") { Description = "Also expand the attention scores of these heads into what queries and keys read (1.0,1.3)", HelpName = "L.H,…" };
    private readonly Option<bool> _trigrams = new("--trigrams") { Description = "Also list the skip-trigrams of every head, with the tokens of the batches as sources" };

    public AnalyzeVerb(CliServices services) : base(
        services, "analyze", "Takes one model file apart: every metric of every head, pair and path",
        "analyze tiny.safetensors --tokens tiny.tokens.json # tables, the strongest heads and compositions first",
        "analyze tiny.safetensors --tokens tiny.tokens.json --json # everything as one JSON document",
        "analyze tiny.safetensors --tokens tiny.tokens.json --patterns patterns # attention as SVG too",
        "analyze tiny.safetensors --tokens tiny.tokens.json --scores 1.3 # and which earlier heads make that head attend as it does",
        "analyze tiny.safetensors --tokens tiny.tokens.json --trigrams # and what each head says of which token")
    {
        Add(_model);
        Add(_tokens);
        Add(_config);
        Add(_patterns);
        Add(_scores);
        Add(_trigrams);
        _scores.Validators.Add(result =>
        {
            foreach (var name in result.Tokens.SelectMany(token => token.Value.Split(',')).Where(name => HeadName.Parse(name) is null))
            {
                result.AddError(HeadName.Refusal(name));
            }
        });
    }

    protected override Task<int> Run(ParseResult arguments, CancellationToken cancellation) => Task.Run(
        () => Analyze(arguments), cancellation);

    private int Analyze(ParseResult arguments)
    {
        var heads = arguments.GetValue(_scores)?.Split(',').Select(name => HeadName.Parse(name)!.Value).Distinct().ToArray() ?? [];
        var result = ModelAnalysis.Run(
            InFolder(arguments.GetRequiredValue(_model)), InFolder(arguments.GetRequiredValue(_tokens)), InFolder(arguments.GetValue(_config)), new(heads, arguments.GetValue(_trigrams)));
        if (result is AnalysisResult.Refused refused)
        {
            throw new CliException(ExitCode.Usage, string.Join('\n', refused.Errors));
        }
        var done = (AnalysisResult.Done)result;
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(done.Document);
        }
        else
        {
            AnalysisText.Write(done.Document, Terminal.Output);
        }
        if (arguments.GetValue(_patterns) is { } folder)
        {
            Terminal.Note($"{Patterns(done.Patterns, InFolder(folder))} attention patterns in {InFolder(folder)}");
        }
        return ExitCode.Done;
    }

    private static int Patterns(IReadOnlyList<AttentionPattern> patterns, string folder)
    {
        try
        {
            return PatternSvg.Write(patterns, folder).Count;
        }
        catch (AnalysisException refused)
        {
            throw new CliException(ExitCode.Failed, refused.Message, refused);
        }
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(path))]
    private string? InFolder(string? path) => path is null ? null : Path.Combine(Services.WorkingFolder, path);
}
