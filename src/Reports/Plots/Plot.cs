using System.Globalization;
using System.Net;

namespace Orchestrator.Reports.Plots;

/// <summary>A drawn plot as SVG that takes the colour of the text around it, so that it reads on light and on dark pages.</summary>
public sealed class Plot
{
    private readonly string _body;
    private readonly double _width;
    private readonly double _height;

    internal Plot(string name, string description, double width, double height, string body) => (Name, Description, _width, _height, _body) = (name, description, width, height, body);

    /// <summary>A word for file names.</summary>
    public string Name { get; }

    /// <summary>What it shows.</summary>
    public string Description { get; }

    /// <summary>An element for a page; the page's <c>color</c> is the ink.</summary>
    public string ToInlineSvg() => Render("");

    /// <summary>A file of its own: the viewer's preference for light or dark decides on ink and ground.</summary>
    public string ToStandaloneSvg() => Render("<style>svg{color:#1f2328;background:#fff}@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#0d1117}}</style>");

    private string Render(string style) => string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {_width} {_height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(Description)}\"><title>{WebUtility.HtmlEncode(Description)}</title>{style}{_body}</svg>");
}
